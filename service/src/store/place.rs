//! Where files lie, as `DMT_FILES` says it: a folder, or a bucket of a store that speaks S3.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// A folder, or a bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A folder on this machine, which is made where it is needed.
    Folder(PathBuf),
    /// A bucket, and what its names begin with; the `AWS_…` variables say where and as whom.
    Bucket {
        /// The bucket.
        bucket: String,
        /// What all names begin with; may be empty.
        prefix: String,
    },
    /// Nowhere: for tests, and for whoever needs no files.
    Memory,
}

impl Place {
    /// The folder, where it is one.
    pub fn folder(&self) -> Option<&Path> {
        match self {
            Self::Folder(folder) => Some(folder),
            Self::Bucket { .. } | Self::Memory => None,
        }
    }
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((scheme, rest)) = text.split_once("://") else {
            return Ok(Self::Folder(text.into()));
        };
        if scheme != "s3" {
            return Err(format!(
                "must be a folder or s3://bucket/prefix; {scheme}:// is not supported"
            ));
        }
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() {
            return Err("names no bucket: s3://bucket/prefix".to_owned());
        }
        Ok(Self::Bucket {
            bucket: bucket.to_owned(),
            prefix: prefix.trim_matches('/').to_owned(),
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => folder.display().fmt(f),
            Self::Bucket { bucket, prefix } => write!(f, "s3://{bucket}/{prefix}"),
            Self::Memory => f.write_str("memory"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Place;

    #[test]
    fn a_place_is_a_folder_or_a_bucket() {
        let of = |text: &str| text.parse::<Place>();
        assert_eq!(of("files"), Ok(Place::Folder("files".into())));
        assert_eq!(of("/var/lib/dmt"), Ok(Place::Folder("/var/lib/dmt".into())));
        let bucket = |prefix: &str| {
            Ok(Place::Bucket {
                bucket: "plant".to_owned(),
                prefix: prefix.to_owned(),
            })
        };
        assert_eq!(of("s3://plant"), bucket(""));
        assert_eq!(of("s3://plant/dmt/files/"), bucket("dmt/files"));
        for wrong in ["s3://", "s3:///x", "gs://plant", "https://plant"] {
            assert!(of(wrong).is_err(), "{wrong}");
        }
    }
}
