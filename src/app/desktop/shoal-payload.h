/* shoal-payload.h: what somebody is about to send: files, or a text.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-limits.h" /* longer texts than SHOAL_MAX_TEXT_BYTES are files */

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * ShoalPayload:
 *
 * An immutable value: paths, or a text; reference-counted; GTK's thread.
 */
#define SHOAL_TYPE_PAYLOAD (shoal_payload_get_type ())
GType shoal_payload_get_type (void);
typedef struct _ShoalPayload ShoalPayload;

/* @paths: at least one. */
ShoalPayload *shoal_payload_new_files (const char *const *paths);
/* INVALID if there is nothing in it, LIMIT if it is too long. */
ShoalPayload *shoal_payload_new_text  (const char *text, GError **error);
/* What was dropped or pasted: a GdkFileList, a GFile or a string. UNSUPPORTED
 * names what does not lie on this computer. (nullable) (transfer full) */
ShoalPayload *shoal_payload_new_value (const GValue *value, GError **error);
/* From a chooser. */
ShoalPayload *shoal_payload_new_model (GListModel *files, GError **error);

ShoalPayload *shoal_payload_ref   (ShoalPayload *self);
void          shoal_payload_unref (ShoalPayload *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalPayload, shoal_payload_unref)

/* (nullable) */
const char *const *shoal_payload_get_paths (ShoalPayload *self);
const char        *shoal_payload_get_text  (ShoalPayload *self);
/* Whether we may read it for as long as we like: a sandbox only what was chosen. */
gboolean           shoal_payload_is_lasting (ShoalPayload *self);
/* The share link or the path of the only .torrent file in it: what can be opened
 * here as well. (nullable) (transfer none) */
const char        *shoal_payload_get_openable (ShoalPayload *self);

/* "Holiday.jpg", "3 items", “A text”. (transfer full) */
char *shoal_payload_get_title    (ShoalPayload *self);
/* The first few names, or the beginning of the text. (transfer full) */
char *shoal_payload_get_subtitle (ShoalPayload *self);
/* (transfer none) */
const char *shoal_payload_get_icon_name (ShoalPayload *self);

G_END_DECLS
