use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug)]
enum Step {
    Insert(u16),
    Push,
    Remove(u16),
    Pop,
    DrainBefore(u16),
    StoreAndReadBack,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        60 => any::<u16>().prop_map(Step::Insert),
        10 => Just(Step::Push),
        20 => any::<u16>().prop_map(Step::Remove),
        2 => Just(Step::Pop),
        1 => (0..20u16).prop_map(Step::DrainBefore),
        1 => Just(Step::StoreAndReadBack),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn blocks_hold_what_a_vector_holds(steps in prop::collection::vec(step(), 0..3000), low in any::<u16>(), high in any::<u16>()) {
        let (mut blocks, mut model, mut work) = (Blocks::new(), Vec::<u16>::new(), Work::default());
        for step in steps {
            match step {
                Step::Insert(value) => {
                    blocks.insert(blocks.spot(|known| *known < value), value, &mut work);
                    model.insert(model.partition_point(|known| *known < value), value);
                }
                Step::Push => {
                    blocks.push(u16::MAX, &mut work);
                    model.push(u16::MAX);
                }
                Step::Remove(value) => {
                    let at = model.partition_point(|known| *known < value);
                    let expected = (at < model.len()).then(|| model.remove(at));
                    let spot = blocks.spot(|known| *known < value);
                    prop_assert_eq!(blocks.get(spot).copied(), expected);
                    prop_assert_eq!(blocks.remove(spot, &mut work), expected);
                }
                Step::Pop => prop_assert_eq!(blocks.pop(), model.pop()),
                Step::DrainBefore(value) => {
                    let at = model.partition_point(|known| *known < value);
                    let expected: Vec<u16> = model.drain(..at).collect();
                    prop_assert_eq!(blocks.drain_before(blocks.spot(|known| *known < value), &mut work), expected);
                }
                Step::StoreAndReadBack => {
                    let bytes = postcard::to_stdvec(&blocks).expect("encodes");
                    let read: Blocks<u16> = postcard::from_bytes(&bytes).expect("decodes");
                    prop_assert_eq!(&read, &blocks);
                    blocks = read;
                }
            }
        }
        prop_assert_eq!(blocks.iter().copied().collect::<Vec<_>>(), &model[..]);
        prop_assert_eq!(blocks.iter().rev().copied().collect::<Vec<_>>(), model.iter().rev().copied().collect::<Vec<_>>());
        prop_assert_eq!((blocks.len(), blocks.first(), blocks.last()), (model.len(), model.first(), model.last()));
        let expected: Vec<u16> = model.iter().filter(|value| **value >= low && **value <= high).copied().collect();
        let between = blocks.between(|known| *known < low, |known| *known <= high);
        prop_assert_eq!(between.clone().copied().collect::<Vec<_>>(), &expected[..]);
        prop_assert_eq!(between.rev().copied().collect::<Vec<_>>(), expected.iter().rev().copied().collect::<Vec<_>>());
        let spot = blocks.spot(|known| *known < low);
        let from = model.partition_point(|known| *known < low);
        prop_assert_eq!(blocks.iter_from(spot).copied().collect::<Vec<_>>(), &model[from..]);
        prop_assert_eq!(blocks.before(spot).and_then(|spot| blocks.get(spot)), from.checked_sub(1).map(|at| &model[at]));
        prop_assert_eq!(blocks.get(blocks.after(spot)), model.get(from + 1));
    }
}

#[test]
fn k1_an_insertion_anywhere_moves_no_more_than_a_block() {
    for held in [1_000u64, 64_000] {
        let (mut blocks, mut work) = (<Blocks<_>>::new(), Work::default());
        (0..held).for_each(|value| blocks.push(value, &mut work));
        assert!(work.moved <= held / 16, "{} moved in order", work.moved);
        let (mut blocks, mut work) = (<Blocks<_>>::new(), Work::default());
        (0..held).rev().for_each(|value| blocks.insert(blocks.spot(|known| *known < value), value, &mut work));
        let each = work.moved / held;
        // Its entries, and one in so many times the blocks behind it.
        assert!(each <= 2 * SHORT as u64, "{each} moved each, of {held} in reverse");
    }
}
