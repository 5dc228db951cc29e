//! The address under which people know this server: for what leaves the browser, such as the codes on paper and the link
//! of a supplier, and for what comes back from there.

use actix_web::HttpRequest;
use service::Error;

use crate::extract;

/// A path under the address that people use: the one that is configured (`DMT_PUBLIC_URL`), or else the one that was
/// asked.
pub(super) fn address(request: &HttpRequest, path: &str) -> Result<String, Error> {
    let state = extract::state(request)?;
    if let Some(root) = &state.public_url {
        return Ok(format!("{root}{path}"));
    }
    let asked = request.connection_info();
    let (scheme, host) = (asked.scheme(), asked.host());
    Ok(format!("{scheme}://{host}{path}"))
}

/// The path of an address of this server: under the one that is configured, or the one that was asked. None of another
/// server, where the same path leads to something else.
pub(super) fn path_of<'a>(
    request: &HttpRequest,
    address: &'a str,
) -> Result<Option<&'a str>, Error> {
    let state = extract::state(request)?;
    let configured = state.public_url.as_deref();
    let path = configured.and_then(|root| path_under(address, root));
    Ok(path.or_else(|| path_under(address, request.connection_info().host())))
}

/// The path of an address under a root; a proxy may serve both by another scheme.
fn path_under<'a>(address: &'a str, root: &str) -> Option<&'a str> {
    let root = root.split_once("://").map_or(root, |(_, root)| root);
    let (_, rest) = address.split_once("://")?;
    let (start, path) = rest.split_at_checked(root.len())?;
    (start.eq_ignore_ascii_case(root) && path.starts_with('/')).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::path_under;

    #[test]
    fn an_address_of_another_server_has_no_path_here() {
        let under = |address| path_under(address, "https://plant.example/dmt");
        assert_eq!(
            under("http://Plant.example/dmt/defects/7"),
            Some("/defects/7")
        );
        for elsewhere in [
            "https://plant.example/defects/7",
            "https://plant.example/dmt2/defects/7",
            "https://other.example/dmt/defects/7",
            "plant.example/dmt/defects/7",
            "https://缺陷",
        ] {
            assert_eq!(under(elsewhere), None, "{elsewhere}");
        }
        let asked = path_under("http://10.0.0.5:8080/defects/7/tag", "10.0.0.5:8080");
        assert_eq!(asked, Some("/defects/7/tag"));
    }
}
