//! Pictures are decoded and written anew: only what is to be seen comes through, upright, without EXIF (and so without
//! the place where it was taken), and without whatever else a file may carry.
//!
//! How large a picture will be is read from its head before anything is decoded. Two are worked on at once.

use std::fs::File;
use std::io::{BufReader, Cursor};
use std::path::Path;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, RgbImage};
use tokio::sync::Semaphore;

use super::kind::MediaType;
use crate::error::{Error, Result};

/// Pictures in memory at once.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// The widest and highest picture.
const MOST_SIDE: u32 = 16_384;

/// The largest picture: what telephones take.
const MOST_PIXELS: u64 = 50_000_000;

/// What a decoder may take, pixels included.
const MOST_BYTES: u64 = 256 << 20;

/// The longer side of a thumbnail.
const THUMBNAIL: u32 = 320;

/// A picture as it is kept.
pub(super) struct Picture {
    pub(super) kind: MediaType,
    pub(super) bytes: Vec<u8>,
    pub(super) width: u32,
    pub(super) height: u32,
    /// A small one, JPEG.
    pub(super) thumbnail: Vec<u8>,
}

/// Writes a picture anew.
///
/// # Errors
/// `Invalid` where it is none, or too large.
pub(super) async fn renew(path: &Path, kind: MediaType) -> Result<Picture> {
    let _turn = AT_ONCE.acquire().await.map_err(Error::internal)?;
    let path = path.to_owned();
    let renewed = tokio::task::spawn_blocking(move || renew_in(&path, kind));
    renewed.await.map_err(Error::internal)?
}

fn renew_in(path: &Path, kind: MediaType) -> Result<Picture> {
    let image = decode(path, kind)?;
    let (kind, bytes) = encode(&image, kind).map_err(Error::internal)?;
    let is_small = image.width().max(image.height()) <= THUMBNAIL;
    let thumbnail = if is_small {
        flat(&image)
    } else {
        flat(&image.thumbnail(THUMBNAIL, THUMBNAIL))
    };
    let thumbnail = jpeg(&DynamicImage::ImageRgb8(thumbnail), 80);
    Ok(Picture {
        kind,
        bytes,
        width: image.width(),
        height: image.height(),
        thumbnail: thumbnail.map_err(Error::internal)?,
    })
}

fn decode(path: &Path, kind: MediaType) -> Result<DynamicImage> {
    let format = match kind {
        MediaType::Jpeg => ImageFormat::Jpeg,
        MediaType::Webp => ImageFormat::WebP,
        _ => ImageFormat::Png,
    };
    let file = File::open(path).map_err(Error::internal)?;
    let mut reader = ImageReader::with_format(BufReader::new(file), format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(MOST_SIDE);
    limits.max_image_height = Some(MOST_SIDE);
    limits.max_alloc = Some(MOST_BYTES);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| refused(&error))?;
    let (width, height) = decoder.dimensions();
    let is_large = u64::from(width) * u64::from(height) > MOST_PIXELS;
    if is_large || decoder.total_bytes() > MOST_BYTES {
        return Err(too_large());
    }
    let upright = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let image = DynamicImage::from_decoder(decoder);
    let mut image = image.map_err(|error| refused(&error))?;
    image.apply_orientation(upright);
    Ok(image)
}

fn refused(error: &ImageError) -> Error {
    match error {
        ImageError::Limits(_) => too_large(),
        _ => {
            let message = "is damaged: it cannot be read as the picture that it begins as";
            Error::field("file", "damaged", message)
        }
    }
}

fn too_large() -> Error {
    let message = format!(
        "has too many pixels; at most {} million are taken, and {MOST_SIDE} on a side",
        MOST_PIXELS / 1_000_000
    );
    Error::field("file", "too_large", message)
}

type Encoded<T> = std::result::Result<T, ImageError>;

/// A photograph as JPEG, what has sharp edges or transparent parts as PNG.
fn encode(image: &DynamicImage, kind: MediaType) -> Encoded<(MediaType, Vec<u8>)> {
    let is_photograph = match kind {
        MediaType::Jpeg => true,
        MediaType::Webp => !image.color().has_alpha(),
        _ => false,
    };
    if is_photograph {
        return Ok((MediaType::Jpeg, jpeg(image, 90)?));
    }
    let mut bytes = Cursor::new(Vec::new());
    image.write_with_encoder(PngEncoder::new(&mut bytes))?;
    Ok((MediaType::Png, bytes.into_inner()))
}

fn jpeg(image: &DynamicImage, quality: u8) -> Encoded<Vec<u8>> {
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, quality);
    match image {
        DynamicImage::ImageRgb8(_) | DynamicImage::ImageLuma8(_) => {
            image.write_with_encoder(encoder)?;
        }
        _ => DynamicImage::ImageRgb8(flat(image)).write_with_encoder(encoder)?,
    }
    Ok(bytes)
}

/// On white where it is transparent.
fn flat(image: &DynamicImage) -> RgbImage {
    if !image.color().has_alpha() {
        return image.to_rgb8();
    }
    let image = image.to_rgba8();
    RgbImage::from_fn(image.width(), image.height(), |x, y| {
        let [r, g, b, a] = image.get_pixel(x, y).0;
        let on_white = |channel: u8| {
            let (channel, a) = (u16::from(channel), u16::from(a));
            u8::try_from((channel * a + 255 * (255 - a)) / 255).unwrap_or(255)
        };
        image::Rgb([on_white(r), on_white(g), on_white(b)])
    })
}
