//! The bare limits: what digest and signature alone cost on this machine.

use std::thread;
use std::time::{Duration, Instant};

use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair,
    UnparsedPublicKey,
};

use super::Rates;
use crate::problem::Problem;

/// How long a rate is measured.
const WHILE: Duration = Duration::from_millis(700);

/// Digest of 32 KiB and a P-256 signature, on all cores.
pub(super) fn measure(rates: &mut Rates) -> Result<(), Problem> {
    let (key, random) = key()?;
    let page = vec![7; 32 * 1024];
    let rate = on_all_cores(|| {
        for _ in 0..64 {
            let digest = digest(&SHA256, &page);
            std::hint::black_box(key.sign(&random, digest.as_ref()).is_ok());
        }
        64
    });
    rates.note("seal.bare.per_second", rate);
    Ok(())
}

/// Digest of each file and one P-256 verification, on all cores.
pub(super) fn verify_rate(files: &[Vec<u8>]) -> Result<f64, Problem> {
    let (key, random) = key()?;
    let message = [7; 200];
    let signature = key
        .sign(&random, &message)
        .map_err(|_| Problem::usage("无法签名", "cannot sign"))?;
    let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key.public_key().as_ref());
    Ok(on_all_cores(|| {
        for file in files {
            std::hint::black_box(digest(&SHA256, file));
            std::hint::black_box(public.verify(&message, signature.as_ref()).is_ok());
        }
        files.len()
    }))
}

/// Rounds of work on every core for a while; how many pieces of work were done a second.
pub(super) fn on_all_cores(work: impl Fn() -> usize + Sync) -> f64 {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let started = Instant::now();
    let done: usize = thread::scope(|scope| {
        let threads: Vec<_> = (0..cores)
            .map(|_| {
                scope.spawn(|| {
                    let mut done = 0;
                    while started.elapsed() < WHILE {
                        done += work();
                    }
                    done
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or(0))
            .sum()
    });
    done as f64 / started.elapsed().as_secs_f64()
}

fn key() -> Result<(EcdsaKeyPair, SystemRandom), Problem> {
    let random = SystemRandom::new();
    let broken = |_| Problem::usage("无法生成密钥", "cannot make a key");
    let pkcs8 =
        EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).map_err(broken)?;
    let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref(), &random)
        .map_err(|_| Problem::usage("无法生成密钥", "cannot make a key"))?;
    Ok((key, random))
}
