//! How many resources and bytes a municipality of synthetic citizens is: `cargo run --example people -- 100000`.

use kilde_sandbox::people::generate;

fn main() -> Result<(), std::num::ParseIntError> {
    let citizens: usize = std::env::args().nth(1).map_or(Ok(100_000), |n| n.parse())?;
    let start = std::time::Instant::now();
    let (mut bytes, mut resources, mut with_services, mut with_measurements) = (0, 0, 0, 0);
    for citizen in generate("9901", citizens, 1) {
        let bundle = citizen.bundle();
        bytes += bundle.len();
        resources += bundle.matches("\"fullUrl\"").count();
        with_services += usize::from(!citizen.services.is_empty());
        with_measurements += usize::from(!citizen.measurements.is_empty());
    }
    println!("{citizens} citizens, {with_services} with services, {with_measurements} with measurements");
    println!("{resources} resources, {bytes} bytes, made in {:?}", start.elapsed());
    Ok(())
}
