//! The answer to a request, by its head alone.

use std::borrow::Cow;

use super::page;

/// The policy of the page, which it also states itself: nothing from elsewhere, no inline script.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; \
                      font-src 'self'; img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";
/// Header fields that are read of a request.
const MAX_FIELDS: usize = 100;

/// A response with its content.
pub(super) struct Response {
    pub(super) head: String,
    pub(super) content: Cow<'static, [u8]>,
}

impl Response {
    fn new(status: &str, media_type: &str, content: Cow<'static, [u8]>) -> Self {
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\nContent-Length: {}\r\nConnection: close\r\n\
             Content-Security-Policy: {POLICY}\r\nX-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n\
             Cross-Origin-Resource-Policy: same-origin\r\nCache-Control: no-cache\r\n\r\n",
            content.len()
        );
        Self { head, content }
    }

    pub(super) fn error(status: &'static str) -> Self {
        Self::new(status, "text/plain; charset=utf-8", Cow::Borrowed(status.as_bytes()))
    }

    /// Answers the head of a request to the server at `port`.
    pub(super) fn to(head: &[u8], port: u16) -> Self {
        let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
        let mut request = httparse::Request::new(&mut fields);
        let (Ok(httparse::Status::Complete(_)), Some(method), Some(target)) =
            (request.parse(head), request.method, request.path)
        else {
            return Self::error("400 Bad Request");
        };
        // A page of another origin whose name was pointed to this machine has that name here.
        let host =
            request.headers.iter().find(|field| field.name.eq_ignore_ascii_case("host")).map(|field| field.value);
        let own = [format!("127.0.0.1:{port}"), format!("localhost:{port}")];
        if !own.iter().any(|own| host == Some(own.as_bytes())) {
            return Self::error("403 Forbidden");
        }
        if method != "GET" && method != "HEAD" {
            return Self::error("405 Method Not Allowed");
        }
        let path = target.split(['?', '#']).next().unwrap_or_default();
        let Some(file) = page::file(path) else { return Self::error("404 Not Found") };
        let mut response = Self::new("200 OK", file.media_type, file.content);
        if method == "HEAD" {
            response.content = Cow::Borrowed(&[]);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(request: &str) -> String {
        let response = Response::to(request.as_bytes(), 80);
        response.head.split("\r\n").next().unwrap_or_default().trim_start_matches("HTTP/1.1 ").to_owned()
    }

    #[test]
    fn only_requests_of_this_machine_for_files_of_the_page_are_answered() {
        assert_eq!(status("GET / HTTP/1.1\r\nHost: 127.0.0.1:80\r\n\r\n"), "200 OK");
        assert_eq!(status("HEAD /index.html?x HTTP/1.1\r\nhost: localhost:80\r\n\r\n"), "200 OK");
        assert_eq!(status("GET / HTTP/1.1\r\nHost: example.org:80\r\n\r\n"), "403 Forbidden");
        assert_eq!(status("GET / HTTP/1.1\r\n\r\n"), "403 Forbidden");
        assert_eq!(status("GET /../Cargo.toml HTTP/1.1\r\nHost: 127.0.0.1:80\r\n\r\n"), "404 Not Found");
        assert_eq!(status("POST / HTTP/1.1\r\nHost: 127.0.0.1:80\r\n\r\n"), "405 Method Not Allowed");
        assert_eq!(status("nonsense\r\n\r\n"), "400 Bad Request");
        let page = Response::to(b"GET / HTTP/1.1\r\nHost: localhost:80\r\n\r\n", 80);
        assert!(page.head.contains("script-src 'self'") && page.content.starts_with(b"<!doctype html>"));
    }
}
