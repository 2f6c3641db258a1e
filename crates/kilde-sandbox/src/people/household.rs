//! Households: who lives together, how old they are, what they are called. Shares follow a
//! Norwegian municipality outside the cities, roughly.

use super::citizen::practitioners;
use super::dice::Dice;
use super::{Background, Citizen, Generator, Need, REFERENCE, Role, measurements, names, place, services};
use jiff::ToSpan;
use jiff::civil::Date;

/// Puts a new household in the generator's queue, grown-ups first.
pub(super) fn add(generator: &mut Generator) {
    let members = members(&mut generator.dice);
    let background = names::background(&mut generator.dice);
    let family = names::family(&mut generator.dice, background);
    let other_family = names::family(&mut generator.dice, background);
    let one_family = generator.dice.chance(640);
    let instance = generator.instance.clone();
    let address = place::address(&mut generator.dice, &instance);
    let secret_address = generator.dice.chance(6);
    let doctors = practitioners(&instance);
    let doctor = &doctors[generator.dice.below(doctors.len() as u32) as usize];
    let household = generator.next_household;
    generator.next_household += 1;
    let alone = members.len() == 1;
    for (position, member) in members.into_iter().enumerate() {
        let birth = birth_date(&mut generator.dice, member.age);
        let (number, birth) = generator.number(birth, member.woman);
        let dice = &mut generator.dice;
        let mut citizen = Citizen {
            index: 0,
            instance: instance.clone(),
            seed: generator.seed,
            as_of: generator.today,
            number,
            given: names::given(dice, background, member.woman, birth.year()),
            family: if position == 1 && member.role == Role::Adult && !one_family {
                other_family
            } else {
                family
            },
            background,
            woman: member.woman,
            birth,
            household,
            role: member.role,
            address: address.clone(),
            secret_address,
            general_practitioner: doctor,
            need: need(dice, member.age, alone),
            due: None,
            services: Vec::new(),
            measurements: Vec::new(),
            story: None,
        };
        if citizen.woman && (20..=42).contains(&member.age) && member.role == Role::Adult && dice.chance(30) {
            let days = dice.between(5, 255);
            citizen.due = generator.today.checked_add(days.days()).ok();
        }
        services::give(dice, &mut citizen, generator.today);
        measurements::take(dice, &mut citizen, generator.today);
        citizen.index = generator.index();
        generator.waiting.push_back(citizen);
    }
}

struct Member {
    age: i32,
    woman: bool,
    role: Role,
}

fn members(dice: &mut Dice) -> Vec<Member> {
    let adult = |age: i32, woman: bool| Member {
        age,
        woman,
        role: Role::Adult,
    };
    match dice.weighted(&[42, 31, 21, 6]) {
        0 => {
            let age = banded(dice, &[(20, 34, 24), (35, 66, 40), (67, 79, 20), (80, 89, 13), (90, 101, 3)]);
            // Among the oldest who live alone, most are women.
            let women = if age >= 80 { 700 } else { 470 };
            vec![adult(age, dice.chance(women))]
        }
        1 => {
            let age = banded(dice, &[(22, 40, 17), (41, 66, 40), (67, 79, 31), (80, 92, 12)]);
            let (first, second) = pair(dice);
            let other = (age + dice.around(3)).clamp(20, 99);
            vec![adult(age, first), adult(other, second)]
        }
        kind => {
            let youngest = dice.between(0, 18);
            let at_birth = 22 + dice.below(20) as i32;
            let parent = youngest + at_birth;
            let mut household = Vec::with_capacity(5);
            if kind == 2 {
                let (first, second) = pair(dice);
                household.push(adult(parent, first));
                household.push(adult((parent + 2 + dice.around(3)).max(youngest + 20), second));
            } else {
                household.push(adult(parent, dice.chance(800)));
            }
            let mut age = youngest;
            for _ in 0..=dice.weighted(&[36, 44, 16, 4]) {
                if age > 19 || parent - age < 19 || household.iter().any(|m| m.role == Role::Adult && m.age - age < 18) {
                    break;
                }
                household.push(Member {
                    age,
                    woman: dice.chance(488),
                    role: Role::Child,
                });
                age += dice.between(1, 4);
            }
            household
        }
    }
}

/// Two sexes of a couple.
fn pair(dice: &mut Dice) -> (bool, bool) {
    if dice.chance(20) {
        let both = dice.chance(500);
        (both, both)
    } else {
        let first = dice.chance(500);
        (first, !first)
    }
}

fn banded(dice: &mut Dice, bands: &[(i32, i32, u32)]) -> i32 {
    let weights: Vec<u32> = bands.iter().map(|b| b.2).collect();
    let (low, high, _) = bands[dice.weighted(&weights)];
    dice.between(low, high)
}

/// A birth date of somebody who has that age on the reference day.
fn birth_date(dice: &mut Dice, age: i32) -> Date {
    let days = dice.between(0, 364);
    REFERENCE
        .checked_sub(age.years())
        .and_then(|d| d.checked_sub(days.days()))
        .unwrap_or(REFERENCE)
}

fn need(dice: &mut Dice, age: i32, alone: bool) -> Need {
    use Need::*;
    let weights: [u32; 5] = match age {
        ..=17 => [985, 8, 5, 2, 0],
        18..=66 => [962, 8, 18, 11, 1],
        67..=79 => [890, 50, 37, 16, 7],
        80..=89 => [620, 130, 140, 70, 40],
        _ => [240, 130, 230, 210, 190],
    };
    let need = [None, Light, Some, Much, Institution][dice.weighted(&weights)];
    // Nobody who shares a household is counted as living in an institution.
    if need == Institution && !alone { Much } else { need }
}

/// The background of fixed citizens.
pub(super) const FIXED_BACKGROUND: Background = Background::Norwegian;
