/* shoal-identity.h: this device's key and certificate.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-device-id.h"

#include <gnutls/gnutls.h>

G_BEGIN_DECLS

/**
 * ShoalIdentity:
 *
 * An Ed25519 key and a self-signed certificate around it. The certificate says
 * nothing (no name, valid for ever): peers look at the key alone. Immutable,
 * reference-counted atomically; any thread.
 */
typedef struct _ShoalIdentity ShoalIdentity;

/* File names in the identity's directory. */
#define SHOAL_IDENTITY_FILE "device.pem"

/**
 * shoal_identity_load_or_create:
 * @directory: (type filename): created with mode 0700 where missing
 *
 * Reads `device.pem`, or makes it: key and certificate in one PEM file,
 * written to a temporary file of mode 0600, synced, and linked into place, so
 * that two processes that start at once end up with the same key and a crash
 * leaves no half of it. Permissions wider than 0600 are tightened, and
 * shoal_identity_get_notice() says so. Blocks on the disk: call it at start or
 * on a worker.
 *
 * Errors: DISK or DISK_FULL when the directory or file cannot be read or
 * written, CORRUPT when the file is not a key of ours (it is never replaced:
 * that would make this another device); each with the next step.
 *
 * Returns: (transfer full)
 */
ShoalIdentity *shoal_identity_load_or_create (const char *directory, GError **error);
/* A new identity in memory alone. Returns: (transfer full) */
ShoalIdentity *shoal_identity_generate       (GError **error);

ShoalIdentity *shoal_identity_ref   (ShoalIdentity *self);
void           shoal_identity_unref (ShoalIdentity *self);

/* (transfer none) */
const ShoalDeviceId *shoal_identity_get_id     (ShoalIdentity *self);
/* What load_or_create() had to repair, in words for the user.
 * (nullable) (transfer none) */
const char          *shoal_identity_get_notice (ShoalIdentity *self);

/* For both sides of TLS and QUIC: certificate and key, no CA. Lives as long as
 * @self; never changed, so sessions on any thread may use it. (transfer none) */
gnutls_certificate_credentials_t shoal_identity_get_credentials (ShoalIdentity *self);

/* A secret for a purpose of its own, the same in every run: HKDF of the private
 * key with @label as salt. Not for what leaves this device. */
void shoal_identity_derive (ShoalIdentity *self, const char *label, uint8_t *secret, size_t size);

/* The device ID that a peer's DER certificate stands for; INVALID if it is not
 * a certificate. Whether the peer holds the key is for TLS to prove. */
gboolean shoal_identity_id_of_certificate (const gnutls_datum_t *der, ShoalDeviceId *id,
                                           GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalIdentity, shoal_identity_unref)

G_END_DECLS
