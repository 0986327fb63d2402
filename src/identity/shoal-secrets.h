/* shoal-secrets.h: keyed hashes, and what Shoal proves and derives with them.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Labels are ASCII without NUL; all values joined by ‖ have a fixed length, so
 * that no two inputs can be confused. All functions are pure; any thread. */
#pragma once

#include "shoal-device-id.h"

G_BEGIN_DECLS

#define SHOAL_SECRET_SIZE 32

/* RFC 2104; @out has 32 bytes. */
void shoal_hmac_sha256 (const void *key, size_t key_size, const void *data, size_t size,
                        uint8_t *out);
/* RFC 5869, extract and expand; @out_size at most 8,160. An empty salt is
 * allowed (RFC: zeroes). */
void shoal_hkdf_sha256 (const void *salt, size_t salt_size, const void *secret, size_t secret_size,
                        const void *info, size_t info_size, void *out, size_t out_size);

/* --- Share proof --------------------------------------------------------- */

/* Who speaks: the one that wants the share, or the one that answers. */
typedef enum
{
  SHOAL_PROOF_FETCHER, /* label "shoal open 1" */
  SHOAL_PROOF_SERVER,  /* label "shoal opened 1" */
} ShoalProofRole;

/* proof = HMAC-SHA256 (key, label ‖ exporter ‖ fetcher's ID ‖ server's ID).
 * @key: 32 bytes: the info hash, or a private link's secret.
 * @exporter: 32 bytes, of the link that carries the proof. */
void     shoal_share_proof_make  (ShoalProofRole role, const uint8_t *key, const uint8_t *exporter,
                                  const ShoalDeviceId *fetcher, const ShoalDeviceId *server,
                                  ShoalHash *proof);
/* In constant time. */
gboolean shoal_share_proof_check (ShoalProofRole role, const uint8_t *key, const uint8_t *exporter,
                                  const ShoalDeviceId *fetcher, const ShoalDeviceId *server,
                                  const ShoalHash *proof);

/* --- Friends ------------------------------------------------------------- */

/* The secret two friends share, made when they become friends:
 *     HKDF-SHA256 (salt: "shoal pair 1", secret: c₁ ‖ c₂, info: ID₁ ‖ ID₂)
 * where ID₁ is the lower ID and c₁ its 32 random bytes. The same whichever
 * device is given first. @secret: 32 bytes. */
void shoal_pair_secret (const ShoalDeviceId *a, const uint8_t *contribution_a,
                        const ShoalDeviceId *b, const uint8_t *contribution_b, uint8_t *secret);

#define SHOAL_FRIEND_TAG_SIZE 6
#define SHOAL_FRIEND_NONCE_SIZE 12

/* By this a friend recognises an announcement that says nothing to others:
 *     tag = first 6 bytes of HMAC-SHA256 (pair secret,
 *             "shoal friend tag 1" ‖ nonce ‖ announcing device's ID).
 * @nonce: 12 random bytes, new for every announcement and sent with its tags.
 * @secret: 32 bytes. @tag: 6 bytes. */
void     shoal_friend_tag_make  (const uint8_t *secret, const uint8_t *nonce,
                                 const ShoalDeviceId *announcer, uint8_t *tag);
/* In constant time. */
gboolean shoal_friend_tag_check (const uint8_t *secret, const uint8_t *nonce,
                                 const ShoalDeviceId *announcer, const uint8_t *tag);

G_END_DECLS
