/* shoal-peer-row.h: somebody that bytes come from or go to.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-snapshot.h"

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * ShoalPeerRow:
 *
 * Avatar, name, path and state in words, rate, share of the bytes. GTK thread.
 */
#define SHOAL_TYPE_PEER_ROW (shoal_peer_row_get_type ())
G_DECLARE_FINAL_TYPE (ShoalPeerRow, shoal_peer_row, SHOAL, PEER_ROW, AdwActionRow)

/* @part: which colour of a ShoalSourceBar it is; negative: none. */
GtkWidget  *shoal_peer_row_new        (int part);
/* @total: of which its bytes are a share; 0: says how many they are. */
void        shoal_peer_row_update     (ShoalPeerRow *self, const ShoalSourceInfo *info,
                                       uint64_t total);
const char *shoal_peer_row_get_device (ShoalPeerRow *self);

/* Keeps one row for each of @peers (NULL-terminated) in @list, in their order:
 * adds what is new, takes out who left, updates the others in place. */
void        shoal_peer_row_sync       (GtkListBox *list, ShoalSourceInfo *const *peers,
                                       uint64_t total, gboolean coloured);

G_END_DECLS
