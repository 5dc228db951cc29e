//! Where the bytes of attachments lie: in a folder, or in a store that speaks S3, each under its SHA-256.
//!
//! The same content is there once, whoever attaches it, and what is there under a name is what that name says. When
//! `put` returns it is there for good (a folder is written with fsync). A file is put before the row that names it is
//! written; what no row names for a day is thrown away (`sweep`). Nothing is connected to, and no folder made, before
//! the first use.

mod place;
mod sweep;

use std::path::Path as FilePath;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload, WriteMultipart};
use sha2::{Digest, Sha256};
use tokio::io::AsyncReadExt;

use crate::error::{Error, Result};

pub use place::Place;
pub use sweep::sweep;

/// Where content lies within the place.
const CONTENT: &str = "sha256";

/// A part of a file that goes up; S3 wants at least five MiB.
const PART: usize = 8 << 20;

/// Parts on their way at once.
const PARTS: usize = 2;

/// Where files lie; clones are the same place.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    place: Place,
    opened: OnceLock<Arc<dyn ObjectStore>>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Store").field(&self.0.place).finish()
    }
}

/// The content of a file on its way out.
pub struct Content {
    /// How many bytes there are.
    pub size: u64,
    /// They.
    pub bytes: BoxStream<'static, Result<Bytes>>,
}

impl Store {
    /// A place, which is not looked at yet.
    pub fn new(place: Place) -> Self {
        Self(Arc::new(Inner {
            place,
            opened: OnceLock::new(),
        }))
    }

    /// One that is gone with the process.
    pub fn memory() -> Self {
        Self::new(Place::Memory)
    }

    /// Where it is.
    pub fn place(&self) -> &Place {
        &self.0.place
    }

    fn open(&self) -> Result<&Arc<dyn ObjectStore>> {
        if let Some(opened) = self.0.opened.get() {
            return Ok(opened);
        }
        let opened = open(&self.0.place)?;
        Ok(self.0.opened.get_or_init(|| opened))
    }

    /// Puts what is in memory under its name, and says which that is.
    pub async fn put(&self, bytes: Bytes) -> Result<String> {
        let sha256 = name_of(&bytes);
        let payload = PutPayload::from_bytes(bytes);
        let put = self.open()?.put(&path(&sha256), payload).await;
        put.map_err(|error| failed(&error))?;
        Ok(sha256)
    }

    /// Puts a file under its name, part by part.
    pub async fn put_file(&self, sha256: &str, file: &FilePath) -> Result<()> {
        let mut file = tokio::fs::File::open(file).await.map_err(Error::internal)?;
        let upload = self.open()?.put_multipart(&path(sha256)).await;
        let upload = upload.map_err(|error| failed(&error))?;
        let mut upload = WriteMultipart::new_with_chunk_size(upload, PART);
        let mut piece = vec![0; 1 << 20];
        loop {
            let read = match file.read(&mut piece).await {
                Ok(read) => read,
                Err(error) => {
                    give_up(upload).await;
                    return Err(Error::internal(error));
                }
            };
            if read == 0 {
                break;
            }
            if let Err(error) = upload.wait_for_capacity(PARTS).await {
                give_up(upload).await;
                return Err(failed(&error));
            }
            upload.write(piece.get(..read).unwrap_or_default());
        }
        upload.finish().await.map_err(|error| failed(&error))?;
        Ok(())
    }

    /// Whether there is such content.
    pub async fn has(&self, sha256: &str) -> Result<bool> {
        match self.open()?.head(&path(sha256)).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(failed(&error)),
        }
    }

    /// Content, as it comes; none where it is not there.
    pub async fn get(&self, sha256: &str) -> Result<Option<Content>> {
        let found = match self.open()?.get(&path(sha256)).await {
            Ok(found) => found,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(failed(&error)),
        };
        let size = found.meta.size;
        let bytes = found.into_stream();
        let bytes = bytes.map(|piece| piece.map_err(|error| failed(&error)));
        Ok(Some(Content {
            size,
            bytes: bytes.boxed(),
        }))
    }

    /// Writes something, reads it again and removes it: whether the place can be used.
    ///
    /// # Errors
    /// A sentence that says what to do.
    pub async fn check(&self) -> std::result::Result<(), String> {
        let probe = Path::from(format!("probe-{:032x}", rand::random::<u128>()));
        let tried = async {
            let store = self.open().map_err(|error| told(&error))?;
            let written = Bytes::from_static(b"dmt");
            let said = |error: object_store::Error| error.to_string();
            store
                .put(&probe, written.clone().into())
                .await
                .map_err(said)?;
            let read = store.get(&probe).await.map_err(said)?;
            let read = read.bytes().await.map_err(said)?;
            store.delete(&probe).await.map_err(said)?;
            if read == written {
                return Ok(());
            }
            Err("what was written reads otherwise".to_owned())
        };
        tried.await.map_err(|what| {
            let place = &self.0.place;
            format!("DMT_FILES: {place} cannot be used for attachments: {what}")
        })
    }
}

async fn give_up(upload: WriteMultipart) {
    if let Err(error) = upload.abort().await {
        log::warn!("an upload that failed could not be taken back: {error}");
    }
}

fn open(place: &Place) -> Result<Arc<dyn ObjectStore>> {
    Ok(match place {
        Place::Memory => Arc::new(InMemory::new()),
        Place::Folder(folder) => {
            let made = std::fs::create_dir_all(folder);
            made.map_err(|error| unusable(place, &error))?;
            let opened = LocalFileSystem::new_with_prefix(folder);
            let opened = opened.map_err(|error| unusable(place, &error))?;
            Arc::new(opened.with_fsync(true))
        }
        Place::Bucket { bucket, prefix } => {
            use_ring();
            let opened = AmazonS3Builder::from_env().with_bucket_name(bucket).build();
            let opened = opened.map_err(|error| unusable(place, &error))?;
            Arc::new(PrefixStore::new(opened, prefix.as_str()))
        }
    })
}

/// The HTTP client speaks TLS by whatever the process has chosen, and fails where that is nothing.
fn use_ring() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Somebody else may have been faster, and then it is chosen too.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}

/// What content is called.
pub(crate) fn name_of(bytes: &[u8]) -> String {
    crate::hex::encode(&Sha256::digest(bytes))
}

fn path(sha256: &str) -> Path {
    let folder = sha256.get(..2).unwrap_or_default();
    Path::from(format!("{CONTENT}/{folder}/{sha256}"))
}

fn unusable(place: &Place, error: &impl std::fmt::Display) -> Error {
    Error::Files(format!("{place} cannot be used: {error}"))
}

fn failed(error: &object_store::Error) -> Error {
    Error::Files(error.to_string())
}

/// What is said of an error to whoever runs the server.
fn told(error: &Error) -> String {
    match error {
        Error::Files(what) | Error::Internal(what) => what.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use futures_util::TryStreamExt;

    use super::*;

    async fn all(store: &Store, sha256: &str) -> Option<Vec<u8>> {
        let content = store.get(sha256).await.unwrap()?;
        let pieces: Vec<Bytes> = content.bytes.try_collect().await.unwrap();
        let bytes = pieces.concat();
        assert_eq!(content.size, bytes.len() as u64);
        Some(bytes)
    }

    async fn keeps(store: &Store) {
        store.check().await.unwrap();
        let sha256 = store.put(Bytes::from_static(b"abc")).await.unwrap();
        assert!(sha256.starts_with("ba7816bf"), "{sha256}");
        assert_eq!(store.put(Bytes::from_static(b"abc")).await.unwrap(), sha256);
        assert_eq!(all(store, &sha256).await.unwrap(), b"abc");
        let other = "0".repeat(64);
        assert!(!store.has(&other).await.unwrap());
        assert!(store.get(&other).await.unwrap().is_none());
        let file = tempfile::NamedTempFile::new().unwrap();
        let large = vec![7; PART + 12_345];
        std::fs::write(file.path(), &large).unwrap();
        let name = crate::hex::encode(&Sha256::digest(&large));
        store.put_file(&name, file.path()).await.unwrap();
        assert!(store.has(&name).await.unwrap());
        assert_eq!(all(store, &name).await.unwrap(), large);
    }

    #[tokio::test]
    async fn what_is_put_is_there_under_its_sha256() {
        keeps(&Store::memory()).await;
        let folder = tempfile::tempdir().unwrap();
        let files = folder.path().join("files");
        let store = Store::new(Place::Folder(files.clone()));
        assert!(!files.exists(), "before the first use");
        keeps(&store).await;
        let path = files.join("sha256/ba");
        assert_eq!(std::fs::read_dir(path).unwrap().count(), 1);
    }

    /// Against a store that speaks S3, where `DMT_TEST_S3` names a bucket of one; the `AWS_…` variables say the rest.
    #[tokio::test]
    async fn a_store_that_speaks_s3_keeps_the_same() {
        let Ok(place) = std::env::var("DMT_TEST_S3") else {
            eprintln!("not tried: DMT_TEST_S3 is not set");
            return;
        };
        keeps(&Store::new(place.parse().unwrap())).await;
    }

    #[tokio::test]
    async fn a_place_that_cannot_be_used_says_so() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let store = Store::new(Place::Folder(file.path().join("x")));
        let said = store.check().await.unwrap_err();
        assert!(said.starts_with("DMT_FILES: "), "{said}");
        let put = store.put(Bytes::from_static(b"abc")).await;
        assert!(matches!(put, Err(Error::Files(_))), "{put:?}");
    }
}
