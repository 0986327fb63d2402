/* shoal-seed-complete.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-store"

#include "config.h"

#include "shoal-seed-private.h"

#include <string.h>

/* --- Roots --------------------------------------------------------------- */

ShoalHash *
shoal_seed_dup_roots (ShoalSeed *self)
{
  ShoalHash *roots = g_new0 (ShoalHash, self->n_files);

  for (uint32_t i = 0; i < self->n_files; i++)
    if (self->files[i].state == SHOAL_SEED_FILE_HASHED)
      roots[i] = self->files[i].root;
  return roots;
}

gboolean *
shoal_seed_dup_left_out (ShoalSeed *self)
{
  gboolean *left_out = g_new0 (gboolean, self->n_files);

  for (uint32_t i = 0; i < self->n_files; i++)
    left_out[i] = self->files[i].state == SHOAL_SEED_FILE_FAILED;
  return left_out;
}

/* --- Completing ---------------------------------------------------------- */

typedef struct
{
  ShoalSeed            *seed;        /* (owned); not for the worker */
  ShoalScan            *scan;        /* (owned) */
  ShoalHash            *roots;       /* (owned) */
  gboolean             *left_out;    /* (owned) */
  gboolean              is_empty;    /* every file failed */
  ShoalDescription     *description; /* (owned) (nullable) */
  ShoalAttributes      *attributes;  /* (owned) (nullable) */
  GError               *error;       /* (owned) (nullable) */
  ShoalSeedCompleteFunc func;
  gpointer              user_data;
} Completion;

/* Both descriptions are in tree order, and the new one has no other folders. */
static void
pick_folders (ShoalDescription *draft, const ShoalAttributes *from, ShoalDescription *share,
              ShoalAttributes *to)
{
  uint32_t at = 0;

  for (uint32_t i = 0; i < to->n_folders; i++)
    {
      const char *path = shoal_description_get_folder (share, i)->path;

      while (at < from->n_folders
             && strcmp (shoal_description_get_folder (draft, at)->path, path) != 0)
        at++;
      if (at < from->n_folders)
        to->folders[i] = from->folders[at++];
    }
}

static ShoalAttributes *
pick_attributes (ShoalScan *scan, const gboolean *left_out, ShoalDescription *share)
{
  const ShoalAttributes *from = shoal_scan_get_attributes (scan);
  ShoalAttributes *to = shoal_attributes_new (share);
  uint32_t n = 0;

  to->top = from->top;
  for (uint32_t i = 0; i < from->n_files && n < to->n_files; i++)
    if (!left_out[i])
      to->files[n++] = from->files[i];
  pick_folders (shoal_scan_get_description (scan), from, share, to);
  return to;
}

static void
work_complete (gpointer data)
{
  Completion *c = data;

  if (c->is_empty)
    {
      shoal_error_set (&c->error, SHOAL_ERROR_NOT_FOUND, SHOAL_SIDE_HERE,
                       "Send or share the files again when nothing writes to them any more.",
                       "None of the files could be read as it was");
      return;
    }
  c->description = shoal_description_complete (shoal_scan_get_description (c->scan), c->roots,
                                               c->left_out, &c->error);
  if (c->description != NULL)
    c->attributes = pick_attributes (c->scan, c->left_out, c->description);
}

static void
done_complete (gpointer data)
{
  Completion *c = data;

  if (!c->seed->is_closed)
    c->func (c->description, c->attributes, c->error, c->user_data);
  g_clear_pointer (&c->description, shoal_description_unref);
  g_clear_pointer (&c->attributes, shoal_attributes_free);
  g_clear_error (&c->error);
  g_free (c->roots);
  g_free (c->left_out);
  shoal_scan_unref (c->scan);
  shoal_seed_unref (c->seed);
  g_free (c);
}

void
shoal_seed_complete_async (ShoalSeed *self, ShoalSeedCompleteFunc func, gpointer user_data)
{
  Completion *c;

  g_return_if_fail (shoal_seed_is_hashed (self));

  c = g_new0 (Completion, 1);
  c->seed = shoal_seed_ref (self);
  c->scan = shoal_scan_ref (self->scan);
  c->roots = shoal_seed_dup_roots (self);
  c->left_out = shoal_seed_dup_left_out (self);
  c->is_empty = self->n_files > 0 && shoal_seed_get_n_failed (self) == self->n_files;
  c->func = func;
  c->user_data = user_data;
  shoal_runtime_submit (self->source.runtime, SHOAL_POOL_HASH, work_complete, done_complete, c);
}

/* --- View ---------------------------------------------------------------- */

typedef struct
{
  ShoalContentSource source; /* first */
  int                ref_count;
  ShoalSeed         *seed;   /* (owned) */
  uint32_t          *map;    /* (owned): file of the view → file of the seed */
} View;

static void
view_ref (ShoalContentSource *source)
{
  ((View *) source)->ref_count++;
}

static void
view_unref (ShoalContentSource *source)
{
  View *view = (View *) source;

  if (--view->ref_count > 0)
    return;
  shoal_seed_unref (view->seed);
  g_free (view->map);
  shoal_description_unref (view->source.description);
  g_object_unref (view->source.runtime);
  g_free (view);
}

static void
view_read (ShoalContentSource *source, uint32_t file, uint64_t first_leaf, uint32_t n_leaves,
           ShoalReadFunc func, gpointer user_data)
{
  View *view = (View *) source;

  shoal_content_source_read_async (&view->seed->source, view->map[file], first_leaf, n_leaves,
                                   func, user_data);
}

static void
view_hashes (ShoalContentSource *source, uint32_t file, uint64_t group, ShoalHashesFunc func,
             gpointer user_data)
{
  View *view = (View *) source;

  shoal_content_source_hashes_async (&view->seed->source, view->map[file], group, func,
                                     user_data);
}

static void
view_upper (ShoalContentSource *source, uint32_t file, ShoalUpperFunc func, gpointer user_data)
{
  View *view = (View *) source;

  shoal_content_source_upper_async (&view->seed->source, view->map[file], func, user_data);
}

static const ShoalContentSourceFuncs VIEW_FUNCS = {
  .ref = view_ref,
  .unref = view_unref,
  .read = view_read,
  .hashes = view_hashes,
  .upper = view_upper,
};

ShoalContentSource *
shoal_seed_view_new (ShoalSeed *self, ShoalDescription *description)
{
  uint32_t n_files = shoal_description_get_n_files (description);
  uint32_t at = 0;
  View *view = g_new0 (View, 1);

  view->source.funcs = &VIEW_FUNCS;
  view->source.runtime = g_object_ref (self->source.runtime);
  view->source.description = shoal_description_ref (description);
  view->ref_count = 1;
  view->seed = shoal_seed_ref (self);
  view->map = g_new0 (uint32_t, n_files);
  for (uint32_t i = 0; i < n_files; i++)
    {
      const char *path = shoal_description_get_file (description, i)->path;

      while (at < self->n_files
             && strcmp (shoal_description_get_file (self->source.description, at)->path, path) != 0)
        at++;
      g_assert (at < self->n_files); /* our own description */
      view->map[i] = at++;
    }
  return &view->source;
}
