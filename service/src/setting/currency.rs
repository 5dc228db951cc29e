//! The money that a system counts in: ISO 4217 codes with the digits of their minor unit.
//!
//! All active codes of money that is paid with, as of the list of 2026. Funds (`CLF`, `BOV`, …), metals (`XAU`, …),
//! units of account (`XDR`, …) and the codes for tests are not among them: no invoice is written in them.

/// The currency of a system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Currency {
    /// The ISO 4217 code.
    pub code: String,
    /// How many digits stand behind the point: amounts are kept in units of 10^-digits.
    pub digits: u32,
}

/// Digits behind the point, and the codes that have them.
#[rustfmt::skip]
const CODES: &[(u32, &str)] = &[
    (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"),
    (2, "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP \
         CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES \
         KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK \
         NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB \
         TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG"),
    (3, "BHD IQD JOD KWD LYD OMR TND"),
];

impl Currency {
    /// The currency that a code stands for.
    pub fn of(code: &str) -> Option<Self> {
        let named = |codes: &str| codes.split_ascii_whitespace().any(|one| one == code);
        CODES
            .iter()
            .find(|(_, codes)| named(codes))
            .map(|(digits, _)| Self {
                code: code.to_owned(),
                digits: *digits,
            })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{CODES, Currency};

    #[test]
    fn every_code_has_three_capitals_and_stands_once() {
        let codes: Vec<_> = CODES
            .iter()
            .flat_map(|(_, codes)| codes.split_ascii_whitespace())
            .collect();
        assert!(
            codes
                .iter()
                .all(|code| code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase()))
        );
        assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len());
    }

    #[test]
    fn digits_are_those_of_the_standard() {
        let digits = |code| Currency::of(code).map(|currency| currency.digits);
        assert_eq!(digits("JPY"), Some(0));
        assert_eq!(digits("EUR"), Some(2));
        assert_eq!(digits("KWD"), Some(3));
        assert_eq!(digits("XAU"), None);
        assert_eq!(digits("eur"), None);
        assert_eq!(digits(""), None);
    }
}
