//! The members of a gzip file, or the frames of a zstd file, one after the other.
//!
//! Behind a member there may be zeros: tapes and block devices are filled up with them. They are no member, and no fault.

use std::io::{self, BufRead, Read};
use std::marker::PhantomData;

/// A member that is being unpacked.
pub(super) trait Member<R>: Read + Sized {
    fn open(packed: R) -> io::Result<Self>;
    /// What lies behind it.
    fn into_packed(self) -> R;
}

impl<R: BufRead> Member<R> for flate2::bufread::GzDecoder<R> {
    fn open(packed: R) -> io::Result<Self> {
        Ok(Self::new(packed))
    }

    fn into_packed(self) -> R {
        self.into_inner()
    }
}

impl<R: BufRead> Member<R> for zstd::stream::read::Decoder<'static, R> {
    fn open(packed: R) -> io::Result<Self> {
        Ok(Self::with_buffer(packed)?.single_frame())
    }

    fn into_packed(self) -> R {
        self.finish()
    }
}

/// Unpacks all members of what `R` reads.
pub(super) struct Members<M, R> {
    /// `None` at the end.
    current: Option<M>,
    packed: PhantomData<fn() -> R>,
}

impl<M: Member<R>, R: BufRead> Members<M, R> {
    pub(super) fn new(packed: R) -> io::Result<Self> {
        Ok(Self { current: Some(M::open(packed)?), packed: PhantomData })
    }
}

impl<M: Member<R>, R: BufRead> Read for Members<M, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let Some(member) = &mut self.current else { return Ok(0) };
            let count = member.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            let Some(mut packed) = self.current.take().map(M::into_packed) else { return Ok(0) };
            if has_more(&mut packed)? {
                self.current = Some(M::open(packed)?);
            }
        }
    }
}

/// Passes over zeros; whether there is anything else.
fn has_more(packed: &mut impl BufRead) -> io::Result<bool> {
    loop {
        let bytes = packed.fill_buf()?;
        if bytes.is_empty() {
            return Ok(false);
        }
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        let is_other = zeros < bytes.len();
        packed.consume(zeros);
        if is_other {
            return Ok(true);
        }
    }
}
