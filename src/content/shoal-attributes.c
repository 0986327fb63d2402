/* shoal-attributes.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-content"

#include "config.h"

#include "shoal-attributes.h"

#include "shoal-bytes.h"

#define VERSION 1
#define HEADER_SIZE 9
#define RECORD_SIZE 9

ShoalAttributes *
shoal_attributes_new (ShoalDescription *description)
{
  ShoalAttributes *self = g_new0 (ShoalAttributes, 1);

  self->n_files = shoal_description_get_n_files (description);
  self->n_folders = shoal_description_get_n_folders (description);
  self->files = g_new0 (ShoalAttribute, self->n_files);
  self->folders = g_new0 (ShoalAttribute, self->n_folders);
  return self;
}

void
shoal_attributes_free (ShoalAttributes *self)
{
  if (self == NULL)
    return;

  g_free (self->files);
  g_free (self->folders);
  g_free (self);
}

static void
write_records (GByteArray *out, const ShoalAttribute *records, uint32_t n)
{
  for (uint32_t i = 0; i < n; i++)
    {
      gboolean has_time = (records[i].flags & SHOAL_ATTRIBUTE_HAS_TIME) != 0;

      shoal_write_u64 (out, has_time ? (uint64_t) records[i].mtime : 0);
      shoal_write_u8 (out, records[i].flags);
    }
}

GBytes *
shoal_attributes_write (const ShoalAttributes *self)
{
  size_t size = HEADER_SIZE + RECORD_SIZE * (1 + (size_t) self->n_files + self->n_folders);
  GByteArray *out = g_byte_array_sized_new ((guint) size);

  shoal_write_u8 (out, VERSION);
  shoal_write_u32 (out, self->n_files);
  shoal_write_u32 (out, self->n_folders);
  write_records (out, &self->top, 1);
  write_records (out, self->files, self->n_files);
  write_records (out, self->folders, self->n_folders);
  return g_byte_array_free_to_bytes (out);
}

static gboolean
read_records (ShoalReader *in, ShoalAttribute *records, uint32_t n, uint8_t known)
{
  for (uint32_t i = 0; i < n; i++)
    {
      records[i].mtime = (gint64) shoal_reader_u64 (in);
      records[i].flags = shoal_reader_u8 (in);
      if ((records[i].flags & ~known) != 0
          || (!(records[i].flags & SHOAL_ATTRIBUTE_HAS_TIME) && records[i].mtime != 0))
        return FALSE;
    }
  return TRUE;
}

ShoalAttributes *
shoal_attributes_parse (GBytes *bytes, ShoalDescription *description, GError **error)
{
  g_autoptr (ShoalAttributes) self = shoal_attributes_new (description);
  gsize size;
  const uint8_t *data = g_bytes_get_data (bytes, &size);
  ShoalReader in = shoal_reader (data, size);
  uint8_t version = shoal_reader_u8 (&in);
  uint32_t n_files = shoal_reader_u32 (&in);
  uint32_t n_folders = shoal_reader_u32 (&in);

  if (version == VERSION && n_files == self->n_files && n_folders == self->n_folders
      && read_records (&in, &self->top, 1, SHOAL_ATTRIBUTE_HAS_TIME)
      && read_records (&in, self->files, n_files,
                       SHOAL_ATTRIBUTE_HAS_TIME | SHOAL_ATTRIBUTE_EXECUTABLE)
      && read_records (&in, self->folders, n_folders, SHOAL_ATTRIBUTE_HAS_TIME)
      && shoal_reader_finish (&in))
    return g_steal_pointer (&self);

  shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_THERE, NULL,
                   "The times and modes of the files do not fit their description");
  return NULL;
}
