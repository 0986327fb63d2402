/* wire-samples.h: a legal message of every type, for tests and fuzz seeds.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-message.h"

/* (transfer none): static, made on first use. */
const ShoalMessage *wire_samples (guint *n_samples);

/* The frame: header, and the payload of DATA. Returns: (transfer full) */
GByteArray *wire_sample_frame (const ShoalMessage *message);

/* What the HASHES among them speak of. */
ShoalHashRange wire_sample_hash_range (void);
