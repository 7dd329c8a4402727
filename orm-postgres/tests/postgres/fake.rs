//! A server that says what a test wants it to, for refusals that a real one is hard to bring to.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;

/// A request for the password in clear text.
pub(crate) const ASK_PASSWORD: &[u8] = b"R\0\0\0\x08\0\0\0\x03";

/// An error that ends the connection.
pub(crate) fn fatal(code: &str, message: &str) -> Vec<u8> {
    let fields = format!("SFATAL\0VFATAL\0C{code}\0M{message}\0\0");
    let length = u32::try_from(fields.len() + 4).unwrap();
    [b"E", &length.to_be_bytes()[..], fields.as_bytes()].concat()
}

/// Listens on a port, which it returns, and answers each of the client's messages by one of these.
pub(crate) fn answering(answers: Vec<Vec<u8>>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        for answer in answers {
            let _ = client.read(&mut [0; 4096]).unwrap();
            client.write_all(&answer).unwrap();
        }
    });
    port
}
