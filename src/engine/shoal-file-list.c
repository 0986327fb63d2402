/* shoal-file-list.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-engine"
#define SHOAL_ENGINE_ROOM

#include "config.h"

#include "shoal-file-list.h"

#include "shoal-file-list-private.h"

/* Names stay where they are, in the description; a list adds how far each is. */
struct _ShoalFileList
{
  ShoalDescription *description; /* (owned) */
  uint8_t          *states;      /* (owned): ShoalListedState by file */
  uint64_t         *done;        /* (owned): by file */
  GHashTable       *why;         /* (owned) (nullable): file → text */
};

G_DEFINE_ENUM_TYPE (ShoalListedState, shoal_listed_state,
  G_DEFINE_ENUM_VALUE (SHOAL_LISTED_OFFERED, "offered"),
  G_DEFINE_ENUM_VALUE (SHOAL_LISTED_SKIPPED, "skipped"),
  G_DEFINE_ENUM_VALUE (SHOAL_LISTED_MISSING, "missing"),
  G_DEFINE_ENUM_VALUE (SHOAL_LISTED_PARTIAL, "partial"),
  G_DEFINE_ENUM_VALUE (SHOAL_LISTED_DONE, "done"),
  G_DEFINE_ENUM_VALUE (SHOAL_LISTED_FAILED, "failed"))

/* --- Making -------------------------------------------------------------- */

ShoalFileList *
shoal_file_list_new (ShoalDescription *description)
{
  ShoalFileList *self = g_atomic_rc_box_new0 (ShoalFileList);
  guint n = shoal_description_get_n_files (description);

  self->description = shoal_description_ref (description);
  self->states = g_new0 (uint8_t, n);
  self->done = g_new0 (uint64_t, n);
  return self;
}

void
shoal_file_list_set (ShoalFileList *self, guint index, ShoalListedState state, uint64_t done,
                     const char *why)
{
  self->states[index] = (uint8_t) state;
  self->done[index] = done;
  if (why == NULL)
    return;
  if (self->why == NULL)
    self->why = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  g_hash_table_insert (self->why, GUINT_TO_POINTER (index), g_strdup (why));
}

ShoalFileList *
shoal_file_list_ref (ShoalFileList *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
clear (gpointer data)
{
  ShoalFileList *self = data;

  shoal_description_unref (self->description);
  g_free (self->states);
  g_free (self->done);
  g_clear_pointer (&self->why, g_hash_table_unref);
}

void
shoal_file_list_unref (ShoalFileList *self)
{
  g_atomic_rc_box_release_full (self, clear);
}

/* --- Reading ------------------------------------------------------------- */

const char *
shoal_file_list_get_name (const ShoalFileList *self)
{
  return shoal_description_get_name (self->description);
}

gboolean
shoal_file_list_is_single_file (const ShoalFileList *self)
{
  return shoal_description_is_single_file (self->description);
}

guint
shoal_file_list_get_n_files (const ShoalFileList *self)
{
  return shoal_description_get_n_files (self->description);
}

void
shoal_file_list_get (const ShoalFileList *self, guint index, ShoalListedFile *file)
{
  const ShoalFile *described;

  g_return_if_fail (index < shoal_file_list_get_n_files (self));

  described = shoal_description_get_file (self->description, index);
  file->path = described->path;
  file->bytes = described->length;
  file->done = self->done[index];
  file->state = (ShoalListedState) self->states[index];
  file->why = self->why != NULL ? g_hash_table_lookup (self->why, GUINT_TO_POINTER (index)) : NULL;
}

guint
shoal_file_list_get_n_folders (const ShoalFileList *self)
{
  return shoal_description_get_n_folders (self->description);
}

const char *
shoal_file_list_get_folder (const ShoalFileList *self, guint index)
{
  g_return_val_if_fail (index < shoal_file_list_get_n_folders (self), NULL);

  return shoal_description_get_folder (self->description, index)->path;
}
