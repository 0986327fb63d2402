/* shoal-sha256.h: SHA-256 for content.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Everything here may be called from any thread. GnuTLS does the work, with
 * the processor's SHA instructions where it has them; hashing more than 64 KiB
 * belongs on a worker (SHOAL_POOL_HASH). */
#pragma once

#include "shoal-hash.h"
#include "shoal-limits.h"

G_BEGIN_DECLS

void shoal_sha256      (const void *data, size_t size, ShoalHash *out);
/* SHA-256 (left ‖ right): one inner node of a Merkle tree. @out may be either. */
void shoal_sha256_pair (const ShoalHash *left, const ShoalHash *right, ShoalHash *out);

/**
 * shoal_sha256_leaves:
 * @data: a stretch of one file that starts on a leaf boundary
 * @size: its bytes; the last leaf is short unless this is a multiple of 16 KiB
 * @out: room for shoal_merkle_n_leaves (@size) hashes
 *
 * Hashes each 16 KiB leaf by itself. A short last leaf is hashed at its real
 * length: pass a short stretch only at the end of the file.
 *
 * Returns: the number of hashes written
 */
size_t shoal_sha256_leaves (const void *data, size_t size, ShoalHash *out);

G_END_DECLS
