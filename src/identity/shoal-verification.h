/* shoal-verification.h: the six-digit code of a first contact.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Both sides draw 32 random bytes r and send
 *     commit = SHA-256 ("shoal code commit 1" ‖ own ID ‖ r).
 * Only when the other's commit is here does a side reveal its r; the other
 * checks it against the commit. Then both show
 *     code = HKDF-SHA256 (salt: "shoal code 1", secret: r₁ ‖ r₂,
 *                         info: ID₁ ‖ ID₂ ‖ exporter, 8 bytes) mod 1,000,000
 * where ID₁ is the lower ID and r₁ its r. Somebody in the middle must choose
 * both of his r before he sees the others': one guess in a million.
 *
 * All functions are pure; any thread. */
#pragma once

#include "shoal-device-id.h"

G_BEGIN_DECLS

#define SHOAL_CODE_NONCE_SIZE 32
#define SHOAL_EXPORTER_SIZE 32

/* @nonce: 32 random bytes; @id: of the device that drew them. */
void     shoal_code_commit       (const ShoalDeviceId *id, const uint8_t *nonce, ShoalHash *commit);
gboolean shoal_code_check_commit (const ShoalDeviceId *id, const uint8_t *nonce,
                                  const ShoalHash *commit);

/* The code, below 1,000,000; the same whichever device is given first.
 * @exporter: 32 bytes, of the link that carried commits and nonces. */
guint shoal_code_compute (const ShoalDeviceId *a, const uint8_t *nonce_a,
                          const ShoalDeviceId *b, const uint8_t *nonce_b,
                          const uint8_t *exporter);

/* "482 913". Returns: (transfer full) */
char *shoal_code_to_text (guint code);

G_END_DECLS
