/* shoal-json.h: JSON from strangers, by json-glib, without its traps.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * json-glib cuts strings at U+0000, which the binary ids of trackers contain,
 * and recurses once a level. So text is checked first (UTF-8, size, depth,
 * surrogates), and U+0000 is U+E000 in the tree; text that has U+E000 of its own
 * is refused, so that nothing is confused. Pure; any thread. */
#pragma once

#include <json-glib/json-glib.h>
#include <stdint.h>

G_BEGIN_DECLS

#define SHOAL_JSON_MAX_DEPTH 16
/* What stands for U+0000 in a tree. */
#define SHOAL_JSON_NUL 0xE000u

/* One value. @text needs no NUL at its end. INVALID or LIMIT.
 * Returns: (transfer full) (nullable) */
JsonNode *shoal_json_read  (const char *text, size_t size, size_t max_size, GError **error);
/* Returns: (transfer full): one line */
char     *shoal_json_write (JsonNode *root);

/* Members of other types than asked for count as missing. (nullable) */
const char *shoal_json_get_string  (JsonObject *object, const char *name);
JsonObject *shoal_json_get_object  (JsonObject *object, const char *name);
JsonArray  *shoal_json_get_array   (JsonObject *object, const char *name);
/* @fallback if missing, negative or beyond 2^53; fractions are cut off. */
gint64      shoal_json_get_number  (JsonObject *object, const char *name, gint64 fallback);

G_END_DECLS
