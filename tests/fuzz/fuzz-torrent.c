/* fuzz-torrent.c: .torrent files of unknown making.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-names.h"
#include "shoal-torrent.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* Layers were verified: what is there can be written again. */
static const ShoalHash *
on_layer (uint32_t index, gpointer user_data)
{
  return shoal_torrent_get_piece_layer (user_data, index);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (ShoalTorrent) torrent = shoal_torrent_parse (bytes, &error);
  g_autoptr (GBytes) written = NULL;
  ShoalDescription *description;

  g_assert ((torrent == NULL) == (error != NULL));
  if (torrent == NULL)
    return 0;

  description = shoal_torrent_get_description (torrent);
  for (uint32_t i = 0; i < shoal_description_get_n_files (description); i++)
    g_assert (shoal_path_check (shoal_description_get_file (description, i)->path, -1) ==
              SHOAL_NAME_OK);
  written = shoal_torrent_write (description, on_layer, torrent,
                                 shoal_torrent_get_trackers (torrent), &error);
  if (written == NULL)
    g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_NOT_FOUND);
  else
    {
      g_autoptr (ShoalTorrent) again = shoal_torrent_parse (written, NULL);

      g_assert (again != NULL);
    }
  return 0;
}
