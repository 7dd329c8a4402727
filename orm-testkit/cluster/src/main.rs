//! Holds a server: prints its URL, keeps it until standard input ends.
//!
//! For trying things by hand (`cargo run -p orm-test-cluster`, ctrl-D or ctrl-C to end), and for the
//! tests of this package, which kill it.

use std::{error::Error, io};

use orm_test_cluster::Cluster;

fn main() -> Result<(), Box<dyn Error>> {
    let cluster = Cluster::start()?;
    println!("{}", cluster.admin_url());
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}
