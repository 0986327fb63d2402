/* shoal-txt.h: a DNS-SD TXT record, RFC 6763 §6: strings of 1..255 bytes, each after its length.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-bytes.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* What is accepted from others, in all; ours stay under SHOAL_DISCOVERY_MAX_TXT. */
#define SHOAL_TXT_MAX_SIZE 8192u

/* (element-type GBytes): of a GPtrArray that owns its elements. */
GPtrArray *shoal_txt_strings_new (void);
/* Ignores an empty string and one over 255 bytes: they cannot be in a record. */
void       shoal_txt_strings_add (GPtrArray *strings, const void *data, size_t size);

/* The wire form of @strings, which it sorts by their bytes (responders do not keep the order, and
 * records are compared). What goes over %SHOAL_TXT_MAX_SIZE is left out.
 * Returns: (transfer full) */
GBytes *shoal_txt_join  (GPtrArray *strings);
/* The strings of a wire form. Returns: (transfer full) (nullable): NULL if it is malformed */
GPtrArray *shoal_txt_split (GBytes *txt);

G_END_DECLS
