use proptest::prelude::*;

use super::*;

fn check(numbering: &Numbering, cases: &[(&str, &str)]) {
    for (written, expected) in cases {
        let number = numbering.normalise(written).map(|number| number.to_string());
        assert_eq!(number.as_deref(), Ok(*expected), "{written}");
    }
}

fn numberings() -> [Numbering; 9] {
    let country = |code| Numbering::country(code).expect("known");
    [
        Numbering::International,
        Numbering::Opaque,
        country("CN"),
        country("US"),
        country("GB"),
        country("IT"),
        country("AR"),
        country("MX"),
        country("DE"),
    ]
}

#[test]
fn without_a_country_only_plus_and_double_zero_are_international() {
    check(
        &Numbering::International,
        &[
            ("+8613800000000", "+8613800000000"),
            ("008613800000000", "+8613800000000"),
            (" +86 138-0000-0000 ", "+8613800000000"),
            ("13800000000", "13800000000"),
            ("8613800000000", "8613800000000"),
            ("10086", "10086"),
            ("000", "000"),
            ("0012345", "0012345"),
        ],
    );
}

#[test]
fn chinese_numbers_lose_their_prefixes_and_get_their_country() {
    check(
        &Numbering::country("CN").expect("known"),
        &[
            ("13800000000", "+8613800000000"),
            ("013800000000", "+8613800000000"),
            ("8613800000000", "+8613800000000"),
            ("008613800000000", "+8613800000000"),
            ("17951 13800000000", "+8613800000000"),
            ("010 6000 0000", "+861060000000"),
            ("1060000000", "+861060000000"),
            ("0755-86000000", "+8675586000000"),
            ("4008000000", "+864008000000"),
            ("0014155550100", "+14155550100"),
        ],
    );
}

#[test]
fn whether_a_number_is_valid_never_changes_it() {
    check(
        &Numbering::country("CN").expect("known"),
        &[("10000000000", "+8610000000000"), ("12345678901", "+8612345678901"), ("8610000000000", "+8610000000000")],
    );
    check(&Numbering::country("US").expect("known"), &[("0123456789", "+10123456789"), ("5550100123", "+15550100123")]);
    check(&Numbering::International, &[("+999123", "+999123"), ("+1", "+1")]);
}

#[test]
fn short_codes_local_numbers_and_service_codes_stay_as_they_are() {
    for numbering in numberings() {
        for code in ["110", "112", "911", "999", "000", "95555", "10086", "12306", "1008611", "*100#", "*#06#", "#31#"]
        {
            check(&numbering, &[(code, code)]);
        }
    }
    check(&Numbering::country("CN").expect("known"), &[("60000000", "60000000")]);
    check(&Numbering::country("US").expect("known"), &[("5550100", "5550100")]);
}

#[test]
fn other_countries_have_other_prefixes() {
    check(
        &Numbering::country("US").expect("known"),
        &[("14155550100", "+14155550100"), ("4155550100", "+14155550100"), ("011442079460018", "+442079460018")],
    );
    check(
        &Numbering::country("GB").expect("known"),
        &[("07700900123", "+447700900123"), ("+44 (0)20 7946 0018", "+442079460018")],
    );
    check(
        &Numbering::country("IT").expect("known"),
        &[("0612345678", "+390612345678"), ("3123456789", "+393123456789")],
    );
    check(
        &Numbering::country("JP").expect("known"),
        &[("010861380000000", "+861380000000"), ("09000000000", "+819000000000")],
    );
}

fn are_one(country: &str, number: &str, spellings: &[&str]) {
    let numbering = Numbering::country(country).expect("known");
    spellings.iter().for_each(|spelling| check(&numbering, &[(*spelling, number)]));
}

#[test]
fn a_switch_leaves_the_plus_away_and_people_write_the_trunk_zero_in_brackets() {
    are_one(
        "DE",
        "+4917604069001",
        &[
            "+49 176 04069001",
            "0176 04069001",
            "4917604069001",
            "004917604069001",
            "49 (0)176 04069001",
            "+49 (0)176/04069001",
            "49 176 04069001",
            "tel:+49-176-04069001",
        ],
    );
    are_one("GB", "+447700900123", &["+44 (0)7700 900123", "+4407700900123", "447700900123", "07700900123"]);
}

#[test]
fn the_zero_of_an_italian_number_is_part_of_it() {
    let spellings = [
        "06 5550 1234",
        "+39 06 5550 1234",
        "0039 06 5550 1234",
        "39 06 5550 1234",
        "+39 (0)6 5550 1234",
        "0039-06-55501234",
    ];
    are_one("IT", "+390655501234", &spellings);
    are_one("IT", "+41445550123", &["+41 (0)44 555 01 23", "0041 044 555 01 23"]);
}

#[test]
fn mexico_and_argentina_have_one_number_for_a_mobile_phone() {
    let mexican = ["+52 55 5501 0001", "+52 1 55 5501 0001", "5215555010001", "044 55 5501 0001", "01 55 5501 0001"];
    are_one("MX", "+525555010001", &mexican);
    are_one("MX", "+525555010001", &["55 5501 0001", "045 55 5501 0001", "00 52 1 55 5501 0001"]);
    are_one("US", "+525555010001", &["+52 1 55 5501 0001", "011 52 1 55 5501 0001"]);
    let argentine = ["+54 9 11 5550 0001", "011 15 5550 0001", "5491155500001", "+54 11 15 5550 0001"];
    are_one("AR", "+5491155500001", &argentine);
    check(
        &Numbering::International,
        &[("+52 1 55 5501 0001", "+525555010001"), ("+541115 55500001", "+5491155500001")],
    );
}

#[test]
fn without_a_plus_only_the_own_country_is_international() {
    // As a whole no German number is so long; 44 is no code of Germany.
    check(&Numbering::country("DE").expect("known"), &[("447700900123", "+49447700900123")]);
    // Behind 86 are too few digits.
    check(&Numbering::country("CN").expect("known"), &[("86000000", "86000000"), ("8610086", "8610086")]);
    // Each has a length that there is: the valid one stands.
    check(&Numbering::country("IT").expect("known"), &[("3933312345", "+393933312345")]);
}

#[test]
fn what_spreadsheets_make_of_numbers_is_that_number_or_none() {
    are_one("CN", "+8617155500001", &["17155500001.0", "17155500001.00", "+8617155500001.0", "8617155500001.0"]);
    are_one("US", "+15550100001", &["15550100001.0", "5550100001.00"]);
    check(&Numbering::International, &[("110.0", "110"), ("10086.00", "10086")]);
    // Points between groups are no fraction.
    are_one("FR", "+33655501200", &["06.55.50.12.00", "+33.6.55.50.12.00"]);
    for exponent in ["4.479E+11", "4.479e11", "1.71555E+10", "17155500001.5e1"] {
        assert_eq!(Numbering::International.normalise(exponent), Err(NumberFault::Malformed), "{exponent}");
    }
}

#[test]
fn extensions_are_no_digits_of_the_number() {
    let extended = ["+1 555 010 0123 ext. 5", "+1 555 010 0123 x5", "(555) 010-0123 EXT:12", "5550100123extension 7"];
    are_one("US", "+15550100123", &extended);
    are_one("US", "+15550100123", &["tel:+1-555-010-0123;ext=5", "\"Ann\" <sip:+15550100123;ext=5@example.com>"]);
}

#[test]
fn uris_display_names_and_full_width_digits_are_read() {
    check(
        &Numbering::country("CN").expect("known"),
        &[
            ("sip:+8613800000000@example.com;user=phone", "+8613800000000"),
            ("SIPS:13800000000@example.com", "+8613800000000"),
            ("\"Li\" <sip:%2B8613800000000;npdi@example.com:5060>", "+8613800000000"),
            ("tel:+86-138-0000-0000;ext=12", "+8613800000000"),
            ("tel:13800000000;phone-context=+86", "+8613800000000"),
            ("tel:13800000000;phone-context=example.com", "+8613800000000"),
            ("１３８００００００００", "+8613800000000"),
            ("13800000000@example.com", "+8613800000000"),
        ],
    );
}

#[test]
fn hidden_numbers_are_told_from_malformed_ones() {
    for text in [
        "",
        "  ",
        "anonymous",
        "Anonymous",
        "sip:anonymous@anonymous.invalid",
        "restricted",
        "*",
        "+",
        "0000000000",
        "-",
        "+266696687",
        "<>",
    ] {
        assert_eq!(Numbering::International.normalise(text), Err(NumberFault::Hidden), "{text}");
    }
    for text in
        ["alice", "13800000000x", "1+2", "138\u{0}", "%zz", "123456789012345678901234567890123", "<unknown", "１３Ａ"]
    {
        assert_eq!(Numbering::International.normalise(text), Err(NumberFault::Malformed), "{text}");
    }
}

#[test]
fn an_opaque_number_is_any_text_up_to_64_bytes() {
    let longest = "x".repeat(64);
    check(
        &Numbering::Opaque,
        &[("A", "A"), (" b0 ", "b0"), ("0000000000", "0000000000"), ("客户", "客户"), (&longest, &longest)],
    );
    assert_eq!(Numbering::Opaque.normalise("anonymous"), Err(NumberFault::Hidden));
    assert_eq!(Numbering::Opaque.normalise(&"x".repeat(65)), Err(NumberFault::Malformed));
    assert_eq!(Numbering::Opaque.normalise("a\nb"), Err(NumberFault::Malformed));
}

#[test]
fn overdialled_digits_do_not_hide_a_call() {
    check(&Numbering::country("CN").expect("known"), &[("138000000001234567", "138000000001234567")]);
    check(&Numbering::International, &[("+1380000000012345678", "+1380000000012345678")]);
}

#[test]
fn only_countries_with_telephones_are_known() {
    for code in ["", "C", "XX", "CHN", "86", "🇨🇳"] {
        assert!(Numbering::country(code).is_err(), "{code}");
    }
    assert_eq!(Numbering::country("CN").expect("known"), Numbering::country("cn").expect("known"));
}

proptest! {
    #[test]
    fn normalising_twice_is_normalising_once(text in "(\\+|00|0|1|86|011|17951)?(52|54|49|39|86|44)?[0-9]{0,18}(\\.0)?", which in 0usize..9) {
        let numbering = &numberings()[which];
        if let Ok(once) = numbering.normalise(&text) {
            prop_assert_eq!(numbering.normalise(&once.to_string()), Ok(once), "{}", text);
        }
    }

    #[test]
    fn any_text_is_a_number_or_a_fault(text in "\\PC*|[sipstel:+0-9@;%<>()*#]{0,40}", which in 0usize..9) {
        let numbering = &numberings()[which];
        if let Ok(once) = numbering.normalise(&text) {
            prop_assert!(once.to_string().len() <= Number::LENGTH_MAX);
            prop_assert_eq!(numbering.normalise(&once.to_string()), Ok(once));
        }
    }
}
