//! Which addresses may be called: none inside the plant's own network, unless an administrator of the server says so.
//!
//! Whoever may add a webhook must not be able to make the server call what only the server can reach (CWE-918): a
//! database's port, a cloud's metadata, a printer. So a name is resolved once, every address that it has must be a
//! public one, and the call goes to these addresses and follows no redirection. The URL is read as browsers read it
//! (WHATWG), where `0x7f.1`, `2130706433` and `0177.0.0.1` are 127.0.0.1.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use url::{Host, Url};

/// Hosts and networks that may be called though they are inside, and without TLS (`DMT_WEBHOOK_ALLOW`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allowed {
    hosts: Vec<String>,
    networks: Vec<Network>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Network {
    address: IpAddr,
    prefix: u32,
}

impl FromStr for Allowed {
    type Err = String;

    /// Hosts, addresses and networks with commas between.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut allowed = Self::default();
        let parts = text.split(',').map(str::trim);
        for part in parts.filter(|part| !part.is_empty()) {
            match Network::read(part) {
                Some(network) => allowed.networks.push(network),
                None if is_name(part) => allowed.hosts.push(part.to_ascii_lowercase()),
                None => {
                    return Err(format!(
                        "`{part}` is neither a host such as mes.plant.example nor a network such as 10.0.0.0/8"
                    ));
                }
            }
        }
        Ok(allowed)
    }
}

fn is_name(text: &str) -> bool {
    let is_label = |label: &str| {
        let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        !label.is_empty() && label.bytes().all(fits)
    };
    // What ends in a number is an address, or was to be one.
    let is_number = |label: &str| label.bytes().all(|b| b.is_ascii_digit());
    text.split('.').all(is_label) && text.rsplit('.').next().is_some_and(|last| !is_number(last))
}

impl Network {
    fn read(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix.parse::<u32>().ok()?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.unwrap_or(longest);
        (prefix <= longest).then_some(Self { address, prefix })
    }

    fn contains(self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let mask = u32::MAX.checked_shl(32 - self.prefix).unwrap_or(0);
                u32::from(network) & mask == u32::from(address) & mask
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let mask = u128::MAX.checked_shl(128 - self.prefix).unwrap_or(0);
                u128::from(network) & mask == u128::from(address) & mask
            }
            _ => false,
        }
    }
}

/// Where a webhook's calls go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The URL.
    pub url: Url,
    /// The name to resolve; none where the URL has an address, which was judged already.
    pub name: Option<String>,
    /// The port.
    pub port: u16,
}

impl Allowed {
    /// Reads a URL, and judges what can be judged before its name is resolved.
    ///
    /// # Errors
    /// A sentence that says what is not allowed.
    pub fn target(&self, url: &str) -> Result<Target, String> {
        let url = Url::parse(url).map_err(|error| format!("is no address: {error}"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err("must not hold a user or a password".to_owned());
        }
        let port = url.port_or_known_default();
        let (host, port) = url.host().zip(port).ok_or("names no host")?;
        let (name, trusted) = match host {
            Host::Domain(name) => (Some(name.to_owned()), self.has_name(name)),
            Host::Ipv4(address) => (None, self.judge(IpAddr::V4(address))?),
            Host::Ipv6(address) => (None, self.judge(IpAddr::V6(address))?),
        };
        match url.scheme() {
            "https" => Ok(Target { url, name, port }),
            "http" if trusted => Ok(Target { url, name, port }),
            _ => Err(
                "must begin with https://, unless DMT_WEBHOOK_ALLOW names its host or network"
                    .to_owned(),
            ),
        }
    }

    /// Judges the addresses that a name was resolved to: all of them, because a name that has one inside and one
    /// outside is a trick.
    ///
    /// # Errors
    /// A sentence that says what is not allowed.
    pub fn judge_all(&self, name: &str, addresses: &[IpAddr]) -> Result<(), String> {
        if addresses.is_empty() {
            return Err(format!("{name} has no address"));
        }
        if self.has_name(name) {
            return Ok(());
        }
        let mut judged = addresses.iter().map(|address| self.judge(*address));
        judged.try_for_each(|judged| judged.map(drop))
    }

    fn has_name(&self, name: &str) -> bool {
        let name = name.trim_end_matches('.');
        self.hosts
            .iter()
            .any(|host| host.eq_ignore_ascii_case(name))
    }

    /// Whether an address may be called: `true` where it is listed, `false` where anybody may be called there.
    fn judge(&self, address: IpAddr) -> Result<bool, String> {
        let canonical = address.to_canonical();
        if self
            .networks
            .iter()
            .any(|network| network.contains(canonical))
        {
            return Ok(true);
        }
        if is_public(canonical) {
            return Ok(false);
        }
        Err(format!(
            "{address} is not a public address; DMT_WEBHOOK_ALLOW may name it"
        ))
    }
}

/// Whether an address belongs to the public internet, by the special-purpose registries of IANA (RFC 6890 and after).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = address.is_unspecified()
        || address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_broadcast()
        || address.is_documentation();
    let is_reserved = a == 0                       // this network
        || (a == 100 && (64..128).contains(&b))    // carrier-grade NAT
        || (a == 192 && b == 0 && c == 0)          // protocol assignments
        || (a == 192 && b == 88 && c == 99)        // 6to4 relays, of old
        || (a == 198 && (b == 18 || b == 19))      // benchmarks
        || a >= 240; // reserved
    !is_special && !is_reserved
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, c, ..] = address.segments();
    // Only 2000::/3 is given out; loopback, mapped, NAT64, unique local, link local and multicast are elsewhere.
    let is_global = a & 0xe000 == 0x2000;
    // Protocol assignments (Teredo, ORCHID, benchmarks), documentation.
    let is_special = (a == 0x2001 && (b < 0x0200 || b == 0x0db8))
        || a == 0x2002                             // 6to4: an IPv4 address inside
        || (a == 0x2620 && b == 0x004f && c == 0x8000) // AS112
        || (a == 0x3fff && b < 0x1000); // documentation
    is_global && !is_special
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use super::*;

    fn refused(url: &str) -> bool {
        Allowed::default().target(url).is_err()
    }

    #[test]
    fn only_https_to_the_public_internet_is_called() {
        for good in [
            "https://mes.example.com/dmt?x=1",
            "https://8.8.8.8:8443/",
            "https://[2606:4700::1111]/",
        ] {
            assert!(!refused(good), "{good}");
        }
        for bad in [
            "http://mes.example.com/",
            "ftp://mes.example.com/",
            "https://",
            "https://user@mes.example.com/",
            "https://:secret@mes.example.com/",
        ] {
            assert!(refused(bad), "{bad}");
        }
    }

    #[test]
    fn an_address_inside_is_refused_however_it_is_written() {
        for bad in [
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0x7f.1",
            "0177.0.0.1",
            "017700000001",
            "127.0.0.1.",
            "0",
            "10.0.0.7",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "0.0.0.0",
            "198.18.0.1",
            "192.0.0.8",
            "240.0.0.1",
            "203.0.113.5",
            "[::1]",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[::127.0.0.1]",
            "[fe80::1]",
            "[fc00::1]",
            "[fd12::1]",
            "[ff02::1]",
            "[2002:7f00:1::]",
            "[64:ff9b::7f00:1]",
            "[64:ff9b:1::7f00:1]",
            "[2001::1]",
            "[2001:db8::1]",
            "[100::1]",
            "①②⑦.0.0.1",
        ] {
            assert!(refused(&format!("https://{bad}/")), "{bad}");
        }
    }

    #[test]
    fn an_administrator_may_allow_hosts_and_networks() {
        let allowed: Allowed = "mes.plant.example, 10.1.0.0/16, ::1".parse().unwrap();
        for good in [
            "http://mes.plant.example/",
            "http://MES.plant.example:8080/x",
            "http://10.1.2.3/",
            "http://[::1]:9/",
            "http://[::ffff:10.1.2.3]/",
        ] {
            assert!(allowed.target(good).is_ok(), "{good}");
        }
        for bad in [
            "http://10.2.0.1/",
            "https://10.2.0.1/",
            "http://other.example/",
            "https://127.0.0.1/",
        ] {
            assert!(allowed.target(bad).is_err(), "{bad}");
        }
        let inside = ["192.168.0.9".parse().unwrap()];
        assert!(allowed.judge_all("mes.plant.example", &inside).is_ok());
        assert!(allowed.judge_all("evil.example", &inside).is_err());
        let both = ["8.8.8.8".parse().unwrap(), "127.0.0.1".parse().unwrap()];
        assert!(allowed.judge_all("evil.example", &both).is_err());
        assert!(allowed.judge_all("evil.example", &[]).is_err());
        assert!(
            allowed
                .judge_all("mes2.example", &["10.1.9.9".parse().unwrap()])
                .is_ok()
        );
        for bad in ["10.0.0.0/33", "a b", "http://x", "1.2.3", "*.example.com"] {
            assert!(bad.parse::<Allowed>().is_err(), "{bad}");
        }
    }
}
