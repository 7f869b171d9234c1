//! Connections: accepting, serving and, where a fault says so, breaking them.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::either::Either;

use super::exchange::Reset;
use super::front;
use super::handshake::TlsPort;
use super::shared::Shared;
use crate::variation::HeaderCase;

/// Accepts until the task is aborted, which also ends every connection.
pub(super) async fn accept(listener: TcpListener, tls: Option<TlsPort>, case: HeaderCase, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    connections.spawn(serve(stream, tls.clone(), peer, case, shared.clone()));
                }
                // Out of file descriptors, say: connections that end will free some.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, tls: Option<TlsPort>, peer: SocketAddr, case: HeaderCase, shared: Arc<Shared>) {
    // Only costs latency if it fails.
    let _ = stream.set_nodelay(true);
    let stream = match tls {
        None => Either::Left(stream),
        // A client that does not accept the certificate closes the connection.
        Some(tls) => match tls.shake_hands(stream).await {
            Some(stream) => Either::Right(stream),
            None => return,
        },
    };
    let service = service_fn(|request| Box::pin(front::answer(&shared, peer, request)));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).title_case_headers(case == HeaderCase::Title);
    let mut connection = http.serve_connection(TokioIo::new(stream), service);
    let ended = poll_fn(|context| connection.poll_without_shutdown(context)).await;
    if ended.is_err_and(|error| is_reset(&error)) {
        let tcp = match connection.into_parts().io.into_inner() {
            Either::Left(tcp) => tcp,
            Either::Right(tls) => tls.into_inner().0,
        };
        // Zero linger makes the kernel send RST rather than FIN.
        let _ = tcp.set_zero_linger();
    }
}

fn is_reset(error: &hyper::Error) -> bool {
    std::error::Error::source(error).is_some_and(<dyn std::error::Error>::is::<Reset>)
}
