use std::sync::mpsc;

use super::*;

#[test]
fn replies_come_to_who_asked() {
    let group = GroupCommit::spawn("double", 1000, 7, Duration::from_micros(300), |requests: Vec<u32>| {
        requests.into_iter().map(|n| n * 2).collect()
    });
    std::thread::scope(|scope| {
        for thread in 0..8u32 {
            let group = &group;
            scope.spawn(move || {
                for n in 0..100 {
                    let n = thread * 1000 + n;
                    assert_eq!(group.submit(n).unwrap().wait(), Ok(n * 2));
                }
            });
        }
    });
    let stats = group.stats();
    assert_eq!((stats.requests, stats.waiting), (800, 0));
    assert!(stats.largest <= 7 && stats.groups >= 115);
}

#[test]
fn what_waits_becomes_one_group_and_the_queue_is_bounded() {
    let (go, gate) = mpsc::channel::<()>();
    let group = GroupCommit::spawn("gated", 5, 4, Duration::ZERO, move |requests: Vec<u32>| {
        let _ = gate.recv();
        vec![requests.len(); requests.len()]
    });
    let first = group.submit(0).unwrap();
    while group.stats().waiting > 0 {
        std::thread::yield_now();
    }
    let rest: Vec<_> = (1..6).map(|n| group.submit(n).unwrap()).collect();
    assert_eq!(group.submit(6).err(), Some(Full::Queue { capacity: 5 }));
    for _ in 0..3 {
        go.send(()).unwrap();
    }
    assert_eq!(first.wait(), Ok(1));
    assert_eq!(
        rest.into_iter().map(|ticket| ticket.wait().unwrap()).collect::<Vec<_>>(),
        [4, 4, 4, 4, 1]
    );
}

#[test]
fn a_panic_tells_everyone_and_closes() {
    let (go, gate) = mpsc::channel::<()>();
    let group = GroupCommit::spawn("panics", 10, 1, Duration::ZERO, move |_: Vec<u32>| -> Vec<u32> {
        let _ = gate.recv();
        panic!("simulated");
    });
    let tickets: Vec<_> = (0..4).map(|n| group.submit(n).unwrap()).collect();
    go.send(()).unwrap();
    for ticket in tickets {
        assert_eq!(ticket.wait(), Err(Stopped));
    }
    assert_eq!(group.submit(9).err(), Some(Full::Stopped));
}

#[test]
fn a_wrong_number_of_replies_closes() {
    let group = GroupCommit::spawn("short", 10, 4, Duration::ZERO, |_: Vec<u32>| Vec::<u32>::new());
    assert_eq!(group.submit(1).unwrap().wait(), Err(Stopped));
    assert_eq!(group.submit(1).err(), Some(Full::Stopped));
}

#[test]
fn dropping_finishes_what_waits() {
    let group = GroupCommit::spawn("drop", 100, 3, Duration::from_millis(1), |requests: Vec<u32>| requests);
    let tickets: Vec<_> = (0..50).map(|n| group.submit(n).unwrap()).collect();
    drop(group);
    for (n, ticket) in (0..).zip(tickets) {
        assert_eq!(ticket.wait(), Ok(n));
    }
}

#[tokio::test]
async fn a_ticket_can_be_awaited() {
    let group = GroupCommit::spawn("await", 10, 3, Duration::ZERO, |requests: Vec<u32>| requests);
    assert_eq!(group.submit(5).unwrap().await, Ok(5));
}
