/* fuzz-description.c: descriptions and manifests from strangers.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The first byte says how to read the rest.
 */

#include "config.h"

#include "shoal-attributes.h"
#include "shoal-description.h"
#include "shoal-names.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static const ShoalHash DRAFT_ID = { { 7 } };

/* Whatever was parsed can be written to a disk and asked for over the wire. */
static void
check (ShoalDescription *self)
{
  uint32_t n_pieces = 0, index;

  g_assert (shoal_name_check (shoal_description_get_name (self), -1) == SHOAL_NAME_OK);
  for (uint32_t i = 0; i < shoal_description_get_n_files (self); i++)
    {
      const ShoalFile *file = shoal_description_get_file (self, i);

      g_assert (shoal_path_check (file->path, -1) == SHOAL_NAME_OK);
      g_assert (file->first_piece == n_pieces);
      n_pieces += file->n_pieces;
      g_assert (shoal_description_find_path (self, file->path, &index) && index == i);
      /* An empty file has no key; its zeroes may be those of a false root. */
      g_assert (file->length == 0
                || (shoal_description_find_key (self, &file->key, &index) && index <= i));
      g_assert (file->n_pieces == 0
                || shoal_description_file_of_piece (self, file->first_piece) == i);
    }
  g_assert (n_pieces == shoal_description_get_n_pieces (self));
  for (uint32_t i = 0; i < shoal_description_get_n_folders (self); i++)
    {
      const ShoalFolder *folder = shoal_description_get_folder (self, i);

      g_assert (shoal_path_check (folder->path, -1) == SHOAL_NAME_OK);
      g_assert (folder->parent == SHOAL_NO_FOLDER || folder->parent < i);
      g_assert (folder->n_files <= shoal_description_get_n_files (self) - folder->first_file);
    }
}

/* Built again from what it says, a manifest is the same. */
static void
check_draft (ShoalDescription *self)
{
  g_autoptr (ShoalDescriptionBuilder) builder
    = shoal_description_builder_new (shoal_description_get_name (self), FALSE);
  g_autoptr (ShoalDescription) again = NULL;

  for (uint32_t i = 0; i < shoal_description_get_n_folders (self); i++)
    g_assert (shoal_description_builder_add_folder (
      builder, shoal_description_get_folder (self, i)->path, NULL));
  for (uint32_t i = 0; i < shoal_description_get_n_files (self); i++)
    {
      const ShoalFile *file = shoal_description_get_file (self, i);

      g_assert (
        shoal_description_builder_add_file (builder, file->path, file->length, NULL, NULL));
    }
  again = shoal_description_builder_finish (builder, &DRAFT_ID, NULL, NULL, NULL);
  g_assert (again != NULL && g_bytes_equal (shoal_description_get_bytes (self),
                                            shoal_description_get_bytes (again)));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (ShoalDescription) description = NULL;
  g_autoptr (ShoalAttributes) attributes = NULL;
  g_autoptr (GError) error = NULL;

  if (size == 0)
    return 0;

  bytes = g_bytes_new_static (data + 1, size - 1);
  if (data[0] % 3 == 0)
    description = shoal_description_parse (bytes, SHOAL_NAMES_REFUSE, &error);
  else if (data[0] % 3 == 1)
    description = shoal_description_parse (bytes, SHOAL_NAMES_REPAIR, &error);
  else
    description = shoal_description_parse_draft (bytes, &DRAFT_ID, &error);

  g_assert ((description == NULL) == (error != NULL));
  if (description == NULL)
    {
      g_assert (g_utf8_validate (error->message, -1, NULL));
      return 0;
    }

  check (description);
  if (data[0] % 3 == 2)
    check_draft (description);
  attributes = shoal_attributes_parse (bytes, description, NULL);
  return 0;
}
