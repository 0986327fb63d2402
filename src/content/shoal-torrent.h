/* shoal-torrent.h: .torrent files (BEP 3, 12, 19, 52).
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-description.h"

G_BEGIN_DECLS

/**
 * ShoalTorrent:
 *
 * A read .torrent: a description, and what surrounds it. Trackers and web
 * seeds are kept for showing; nothing here contacts them. Immutable.
 */
typedef struct _ShoalTorrent ShoalTorrent;

/* Names are repaired, piece layers checked against their pieces roots: CORRUPT
 * where they disagree. A large one takes a second: on a worker.
 * Other errors: as shoal_description_parse(). */
ShoalTorrent *shoal_torrent_parse (GBytes *bytes, GError **error);
void          shoal_torrent_free  (ShoalTorrent *self);

/* (transfer none) */
ShoalDescription  *shoal_torrent_get_description (const ShoalTorrent *self);
/* Verified piece hashes of file @index, n_pieces of them; NULL if the torrent
 * has none, which is so for files of one piece (the root is the piece hash). */
const ShoalHash   *shoal_torrent_get_piece_layer (const ShoalTorrent *self, uint32_t index);
/* announce and announce-list; url-list: NULL-terminated, printable, at most 100. */
const char *const *shoal_torrent_get_trackers    (const ShoalTorrent *self);
const char *const *shoal_torrent_get_web_seeds   (const ShoalTorrent *self);

/* The piece layer of file @index (which has more than one piece): n_pieces
 * hashes, valid until the next call; NULL to give up. */
typedef const ShoalHash *(*ShoalPieceLayerFunc) (uint32_t index, gpointer user_data);

/**
 * shoal_torrent_write:
 * @description: not a draft
 * @piece_layer: called for one file of each content that has several pieces, in
 *   the order of the roots; wrong layers fail with CORRUPT
 * @trackers: (nullable) (array zero-terminated=1)
 *
 * Fails with NOT_FOUND if @piece_layer gave up.
 *
 * Returns: (transfer full)
 */
GBytes *shoal_torrent_write (ShoalDescription *description, ShoalPieceLayerFunc piece_layer,
                             gpointer user_data, const char *const *trackers, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalTorrent, shoal_torrent_free)

G_END_DECLS
