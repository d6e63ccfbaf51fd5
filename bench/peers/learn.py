"""Measures other libraries on the parts of bench/learn.py: python3 bench/peers/learn.py PART FILE…

Prints one line of JSON for each measurement.

Parts: fit CSV, dense CSV, sparse FILE, images FOLDER, text FOLDER. The best of a few runs is told.
"""

import json
import subprocess
import sys
import tempfile
import time
import warnings

import numpy as np

warnings.filterwarnings("ignore")
THREADS, TIMES = 2, 3


def best(work, times=TIMES):
    def once():
        began = time.perf_counter()
        work()
        return time.perf_counter() - began

    return min(once() for _ in range(times))


def tell(**what):
    print(json.dumps({key: round(value, 4) if isinstance(value, float) else value for key, value in what.items()}), flush=True)


def fit(path):
    """Reads with polars, which is the fastest, standardizes, and trains logistic regression for five epochs."""
    import polars
    import torch
    from sklearn.linear_model import SGDClassifier
    from sklearn.preprocessing import StandardScaler

    def arrays():
        table = polars.read_csv(path)
        x = table.drop("label").to_numpy().astype(np.float32)
        return StandardScaler().fit_transform(x), table["label"].to_numpy()

    def sklearn():
        SGDClassifier(loss="log_loss", max_iter=5, tol=None).fit(*arrays())

    def pytorch():
        x, y = arrays()
        descend(torch.from_numpy(x), torch.from_numpy(y.astype(np.float32)), 4096, 5)

    for library, work in {"polars + scikit-learn": sklearn, "polars + PyTorch": pytorch}.items():
        tell(part="fit", library=library, seconds=best(work))


def descend(x, y, batch, epochs):
    """Trains logistic regression by plain gradient descent, shuffled each epoch."""
    import torch

    torch.set_num_threads(THREADS)
    layer = torch.nn.Linear(x.shape[1], 1)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.5)
    loss = torch.nn.BCEWithLogitsLoss()
    for _ in range(epochs):
        order = torch.randperm(len(x))
        for start in range(0, len(x), batch):
            rows = order[start:start + batch]
            optimizer.zero_grad()
            loss(layer(x[rows]).squeeze(1), y[rows]).backward()
            optimizer.step()


def dense(path):
    import pandas
    import torch
    from sklearn.linear_model import SGDClassifier

    table = pandas.read_csv(path)
    x, y = table.drop(columns="label").to_numpy(np.float32), table["label"].to_numpy()
    for batch in (256, 4096):
        seconds = best(lambda: descend(torch.from_numpy(x), torch.from_numpy(y).float(), batch, 1), 2)
        tell(part="dense", library="PyTorch", batch=batch, rows_per_s=len(x) / seconds)
    seconds = best(lambda: SGDClassifier(loss="log_loss", max_iter=3, tol=None).fit(x, y), 2)
    tell(part="dense", library="scikit-learn", batch=1, rows_per_s=3 * len(x) / seconds)


def sparse(path):
    """Trains for three epochs with the last tenth held out; Vowpal Wabbit trains from its cache, without its reading time."""
    from scipy.sparse import csr_matrix
    from sklearn.datasets import load_svmlight_file
    from sklearn.linear_model import SGDClassifier
    from sklearn.metrics import log_loss

    x, y = load_svmlight_file(path, dtype=np.float32)
    x = csr_matrix((x.data, x.indices.astype(np.int32), x.indptr.astype(np.int32)), x.shape)
    cut = len(y) * 9 // 10
    model = SGDClassifier(loss="log_loss", max_iter=3, tol=None, alpha=1e-7, learning_rate="optimal")
    seconds = best(lambda: model.fit(x[:cut], y[:cut]))
    held_out = log_loss(y[cut:], model.predict_proba(x[cut:]))
    tell(part="sparse", library="scikit-learn", method="sgd", held_out_loss=held_out,
         numbers_per_s=3 * x[:cut].nnz / seconds)
    with tempfile.TemporaryDirectory() as folder:
        train = f"{folder}/train.vw"
        with open(path, encoding="ascii") as lines, open(train, "w", encoding="ascii") as out:
            for line, _ in zip(lines, range(cut)):
                label, rest = line.split(" ", 1)
                out.write(f"{'1' if label == '1' else '-1'} | {rest}")
        command = [sys.executable, "-m", "vowpalwabbit", "--quiet", "--loss_function", "logistic", "-b", "20", "-k",
                   "--cache_file", f"{folder}/cache", "--holdout_off", "-d", train, "--passes"]
        run = {passes: best(lambda: subprocess.run([*command, str(passes)], check=True), 2) for passes in (1, 4)}
        tell(part="sparse", library="Vowpal Wabbit", method="its own (adaptive, normalized)",
             numbers_per_s=3 * x[:cut].nnz / (run[4] - run[1]))


def images(folder):
    """Measures the seconds per epoch and the accuracy on the test images."""
    import gzip

    import torch

    torch.set_num_threads(THREADS)

    def array(name, offset):
        with gzip.open(f"{folder}/{name}-ubyte.gz") as file:
            return np.frombuffer(file.read(), np.uint8, offset=offset)

    def part(name):
        x = torch.from_numpy(array(f"{name}-images-idx3", 16).reshape(-1, 784).astype(np.float32) / 255)
        return x, torch.from_numpy(array(f"{name}-labels-idx1", 8).astype(np.int64))

    (x, y), (xt, yt) = part("train"), part("t10k")
    for name, widths in {"softmax": [784, 10], "mlp:256,128": [784, 256, 128, 10]}.items():
        torch.manual_seed(0)
        layers = [torch.nn.Linear(a, b) for a, b in zip(widths, widths[1:])]
        net = torch.nn.Sequential(*[part for layer in layers for part in (layer, torch.nn.ReLU())][:-1])
        optimizer, loss = torch.optim.Adam(net.parameters(), lr=1e-3), torch.nn.CrossEntropyLoss()

        def epoch():
            order = torch.randperm(len(x))
            for start in range(0, len(x), 256):
                rows = order[start:start + 256]
                optimizer.zero_grad()
                loss(net(x[rows]), y[rows]).backward()
                optimizer.step()

        seconds = best(epoch, 5)
        with torch.no_grad():
            accuracy = (net(xt).argmax(1) == yt).float().mean().item()
        tell(part="images", library="PyTorch", model=name, batch=256, epoch_seconds=seconds, accuracy_after_5=accuracy)


def text(folder):
    from scipy.sparse import csr_matrix
    from sklearn.datasets import load_svmlight_file
    from sklearn.linear_model import LogisticRegression, SGDClassifier
    from sklearn.naive_bayes import MultinomialNB
    from sklearn.svm import LinearSVC

    def part(name):
        x, y = load_svmlight_file(f"{folder}/{name}.libsvm.gz", n_features=39302, zero_based=False)
        return csr_matrix((x.data, x.indices.astype(np.int32), x.indptr.astype(np.int32)), x.shape), y

    (x, y), (xt, yt) = part("train"), part("test")
    models = {
        "LogisticRegression": LogisticRegression(max_iter=200), "SGDClassifier hinge": SGDClassifier(random_state=0),
        "SGDClassifier log": SGDClassifier(loss="log_loss", random_state=0, alpha=1e-3),
        "LinearSVC C=0.01": LinearSVC(C=0.01, max_iter=300), "MultinomialNB": MultinomialNB(alpha=0.1),
    }
    for name, model in models.items():
        seconds = best(lambda: model.fit(x, y), 1)
        tell(part="text", library="scikit-learn", model=name, seconds=seconds, accuracy=model.score(xt, yt))


if __name__ == "__main__":
    for file in sys.argv[2:]:
        globals()[sys.argv[1]](file)
