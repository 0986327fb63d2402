/* shoal-entries.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-store"

#include "config.h"

#include "shoal-entries.h"

static const char *
make_path (ShoalEntryList *self, ShoalDescription *description, const char *path)
{
  g_autofree char *full = NULL;

  if (shoal_description_is_single_file (description))
    return g_string_chunk_insert (self->strings, path);
  full = g_strconcat (shoal_description_get_name (description), "/", path, NULL);
  return g_string_chunk_insert (self->strings, full);
}

static void
set_attribute (ShoalStoreEntry *entry, const ShoalAttribute *attribute)
{
  entry->mtime = attribute->mtime;
  entry->has_mtime = (attribute->flags & SHOAL_ATTRIBUTE_HAS_TIME) != 0;
  entry->is_executable = (attribute->flags & SHOAL_ATTRIBUTE_EXECUTABLE) != 0
                         && !entry->is_folder;
}

static void
add_file (ShoalEntryList *self, ShoalDescription *description, const ShoalAttributes *attributes,
          uint32_t index)
{
  const ShoalFile *file = shoal_description_get_file (description, index);
  ShoalStoreEntry *entry = &self->entries[self->n_entries++];

  entry->path = make_path (self, description, file->path);
  entry->length = file->length;
  entry->has_root = file->length > 0 && !shoal_description_is_draft (description);
  if (entry->has_root)
    entry->root = file->key;
  if (attributes != NULL)
    set_attribute (entry, &attributes->files[index]);
}

static void
add_folder (ShoalEntryList *self, ShoalDescription *description,
            const ShoalAttributes *attributes, uint32_t index)
{
  ShoalStoreEntry *entry = &self->entries[self->n_entries++];

  entry->is_folder = TRUE;
  entry->path = make_path (self, description,
                           shoal_description_get_folder (description, index)->path);
  if (attributes != NULL)
    set_attribute (entry, &attributes->folders[index]);
}

ShoalEntryList *
shoal_entry_list_new (ShoalDescription *description, const ShoalAttributes *attributes)
{
  ShoalEntryList *self = g_new0 (ShoalEntryList, 1);
  uint32_t n_files = shoal_description_get_n_files (description);
  uint32_t n_folders = shoal_description_get_n_folders (description);

  self->strings = g_string_chunk_new (4096);
  self->entries = g_new0 (ShoalStoreEntry, (gsize) n_files + n_folders + 1);
  self->n_files = n_files;
  for (uint32_t i = 0; i < n_files; i++)
    add_file (self, description, attributes, i);
  for (uint32_t i = 0; i < n_folders; i++)
    add_folder (self, description, attributes, i);

  if (!shoal_description_is_single_file (description))
    {
      ShoalStoreEntry *top = &self->entries[self->n_entries++];

      top->is_folder = TRUE;
      top->path = g_string_chunk_insert (self->strings, shoal_description_get_name (description));
      if (attributes != NULL)
        set_attribute (top, &attributes->top);
    }
  return self;
}

void
shoal_entry_list_free (ShoalEntryList *self)
{
  g_string_chunk_free (self->strings);
  g_free (self->entries);
  g_free (self);
}
