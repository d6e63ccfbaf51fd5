//! Ranks that are threads of one process.

use std::fmt;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};

use super::Team;

/// Rank of a team whose ranks are threads of one process: for tests of programs that run on several.
pub struct ThreadTeam {
    rank: usize,
    /// Channels to ranks 0, 1, …
    to: Vec<Sender<Vec<u8>>>,
    /// Channels from ranks 0, 1, …
    from: Vec<Mutex<Receiver<Vec<u8>>>>,
}

impl ThreadTeam {
    /// Runs a function on `ranks` threads, one for each rank, and returns their results in the order of the ranks.
    ///
    /// # Panics
    /// If the function panics on a rank. The other ranks panic at their next collective operation.
    pub fn run<T: Send>(ranks: usize, function: impl Fn(&ThreadTeam) -> T + Sync) -> Vec<T> {
        let mut to: Vec<Vec<_>> = (0..ranks).map(|_| Vec::new()).collect();
        let mut from: Vec<Vec<_>> = (0..ranks).map(|_| Vec::new()).collect();
        for senders in &mut to {
            for receivers in &mut from {
                let (sender, receiver) = channel();
                senders.push(sender);
                receivers.push(Mutex::new(receiver));
            }
        }
        let function = &function;
        let run = |rank, to, from| {
            // The team belongs to the thread: its channels close when the thread ends, however it does.
            move || function(&ThreadTeam { rank, to, from })
        };
        std::thread::scope(|scope| {
            let teams = to.into_iter().zip(from).enumerate();
            let threads: Vec<_> = teams.map(|(rank, (to, from))| scope.spawn(run(rank, to, from))).collect();
            let join = |thread: std::thread::ScopedJoinHandle<'_, T>| {
                thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            };
            threads.into_iter().map(join).collect()
        })
    }

    fn send(&self, rank: usize, message: &[u8]) {
        assert!(self.to[rank].send(message.to_vec()).is_ok(), "rank {rank} has ended");
    }

    fn receive(&self, received: &mut [u8], lens: &[usize]) {
        let mut rest = received;
        for (rank, (receiver, &len)) in self.from.iter().zip(lens).enumerate() {
            let message = receiver.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let message = message.unwrap_or_else(|_| panic!("rank {rank} has ended"));
            rest.split_off_mut(..len).expect("room for each message").copy_from_slice(&message);
        }
    }
}

impl Team for ThreadTeam {
    fn rank(&self) -> usize {
        self.rank
    }

    fn ranks(&self) -> usize {
        self.to.len()
    }

    fn all_to_all(&self, sent: &[u8], sent_lens: &[usize], received: &mut [u8], received_lens: &[usize]) {
        let mut rest = sent;
        for (rank, &len) in sent_lens.iter().enumerate() {
            self.send(rank, rest.split_off(..len).expect("a message for each rank"));
        }
        self.receive(received, received_lens);
    }

    fn all_gather(&self, sent: &[u8], received: &mut [u8], received_lens: &[usize]) {
        (0..self.ranks()).for_each(|rank| self.send(rank, sent));
        self.receive(received, received_lens);
    }
}

impl fmt::Debug for ThreadTeam {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreadTeam").field("rank", &self.rank).field("ranks", &self.to.len()).finish_non_exhaustive()
    }
}
