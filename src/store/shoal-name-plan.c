/* shoal-name-plan.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-store"

#include "config.h"

#include "shoal-destination.h"
#include "shoal-names.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* A repair gives up after so many clashes. */
#define MAX_CLASHES 500

struct _ShoalNamePlan
{
  char      **paths;   /* (owned): by entry; NULL where the entry's own is used */
  gsize       n_paths;
  GArray     *mapped;  /* (owned) of ShoalMappedName, its strings those of `paths` */

  gboolean    windows_names;
  guint       max_name_bytes;
  GHashTable *tops;    /* (owned): top item → its name on disk */
  GHashTable *saved;   /* (owned) (nullable): the same, of an earlier run */

  /* While planning. */
  const ShoalDisk *disk;
  int              folder;
  GHashTable      *folders; /* (owned): folder as described → as mapped */
  GHashTable      *used;    /* (owned): keys of the names given out */
};

/* --- One name ------------------------------------------------------------ */

/* At most @max bytes of @name, cut between characters, keeping an extension. */
static char *
fit_name (const char *name, gsize max)
{
  const char *dot = strrchr (name, '.');
  gsize tail = dot != NULL && dot != name && strlen (dot) <= 11 ? strlen (dot) : 0;
  gsize head = strlen (name) - tail;

  if (strlen (name) <= max)
    return g_strdup (name);
  if (tail >= max)
    tail = 0;
  head = MIN (head, max - tail);
  while (head > 0 && ((guchar) name[head] & 0xc0) == 0x80)
    head--;
  return g_strdup_printf ("%.*s%s", (int) head, name, tail > 0 ? dot : "");
}

static char *
map_name (ShoalNamePlan *self, const char *name)
{
  g_autofree char *mapped = self->windows_names ? shoal_name_map_windows (name) : g_strdup (name);

  return fit_name (mapped, self->max_name_bytes);
}

static char *
number_name (ShoalNamePlan *self, const char *name, guint number)
{
  /* “ (500)” is six bytes. */
  g_autofree char *shorter = fit_name (name, MAX (self->max_name_bytes, 16) - 6);

  return number == 0 ? g_strdup (name) : shoal_name_add_number (shorter, number);
}

static char *
make_key (const char *folder, const char *name)
{
  g_autofree char *clash = shoal_name_clash_key (name, -1);

  return g_strconcat (folder, "/", clash, NULL);
}

/* -1: cannot tell. */
static int
exists (ShoalNamePlan *self, const char *name)
{
  struct stat stat;

  if (self->disk->fstatat (self->folder, name, &stat, AT_SYMLINK_NOFOLLOW) == 0)
    return TRUE;
  return errno == ENOENT ? FALSE : -1;
}

/* --- All names ----------------------------------------------------------- */

/* (nullable) (transfer full): the name for @name in the mapped folder @parent. */
static char *
choose_name (ShoalNamePlan *self, const char *parent, const char *name, GError **error)
{
  g_autofree char *mapped = map_name (self, name);
  gboolean is_top = *parent == '\0';

  for (guint i = 0; i < MAX_CLASHES; i++)
    {
      g_autofree char *candidate = number_name (self, mapped, i);
      char *key = make_key (parent, candidate);
      int taken = FALSE;

      if (g_hash_table_contains (self->used, key))
        {
          g_free (key);
          continue;
        }
      if (is_top)
        taken = exists (self, candidate);
      if (taken == FALSE)
        {
          g_hash_table_add (self->used, key);
          return g_steal_pointer (&candidate);
        }
      g_free (key);
      if (taken < 0)
        {
          shoal_error_set_errno (error, errno, "look for “%s” in the destination", candidate);
          return NULL;
        }
    }
  shoal_error_set (error, SHOAL_ERROR_LIMIT, SHOAL_SIDE_HERE, "Choose another folder.",
                   "Too many files here are called like “%s”", name);
  return NULL;
}

/* (nullable) (transfer none) */
static const char *
map_top (ShoalNamePlan *self, const char *name, GError **error)
{
  const char *known = g_hash_table_lookup (self->tops, name);
  char *mapped = NULL;

  if (known != NULL)
    return known;
  if (self->saved != NULL)
    mapped = g_strdup (g_hash_table_lookup (self->saved, name));
  if (mapped == NULL)
    mapped = choose_name (self, "", name, error);
  if (mapped != NULL)
    g_hash_table_insert (self->tops, g_strdup (name), mapped);
  return mapped;
}

/* (nullable) (transfer none): the mapped path of a folder, or of any prefix. */
static const char *
map_folder (ShoalNamePlan *self, const char *path, GError **error)
{
  const char *known = g_hash_table_lookup (self->folders, path);
  const char *slash = strrchr (path, '/');
  g_autofree char *parent = NULL;
  g_autofree char *name = NULL;
  const char *mapped_parent;
  char *mapped;

  if (known != NULL)
    return known;
  if (slash == NULL)
    return map_top (self, path, error);

  /* As deep as a description may be: SHOAL_MAX_PATH_DEPTH. */
  parent = g_strndup (path, (gsize) (slash - path));
  mapped_parent = map_folder (self, parent, error);
  if (mapped_parent == NULL)
    return NULL;
  name = choose_name (self, mapped_parent, slash + 1, error);
  if (name == NULL)
    return NULL;
  mapped = g_strconcat (mapped_parent, "/", name, NULL);
  g_hash_table_insert (self->folders, g_strdup (path), mapped);
  return mapped;
}

/* Where only the top item may be called otherwise. */
static char *
replace_top (ShoalNamePlan *self, const char *path, GError **error)
{
  gsize size = strcspn (path, "/");
  g_autofree char *top = g_strndup (path, size);
  const char *mapped = map_top (self, top, error);

  return mapped != NULL ? g_strconcat (mapped, path + size, NULL) : NULL;
}

static char *
map_path (ShoalNamePlan *self, const ShoalStoreEntry *entry, GError **error)
{
  gboolean is_plain = !self->windows_names && self->max_name_bytes > SHOAL_MAX_NAME_BYTES;

  if (is_plain)
    return replace_top (self, entry->path, error);
  return g_strdup (map_folder (self, entry->path, error));
}

static gboolean
plan (ShoalNamePlan *self, const ShoalStoreEntry *entries, GError **error)
{
  for (gsize i = 0; i < self->n_paths; i++)
    {
      g_autofree char *path = map_path (self, &entries[i], error);
      ShoalMappedName mapped = { .entry = i };

      if (path == NULL)
        return FALSE;
      if (strcmp (path, entries[i].path) == 0)
        continue;
      mapped.path = self->paths[i] = g_steal_pointer (&path);
      g_array_append_val (self->mapped, mapped);
    }
  return TRUE;
}

/* --- Public -------------------------------------------------------------- */

#define SAVED_TYPE G_VARIANT_TYPE ("(bua{ss})")

static void
load (ShoalNamePlan *self, GVariant *saved)
{
  g_autoptr (GVariantIter) tops = NULL;
  gboolean windows_names;
  guint32 max_name_bytes;
  char *from, *to;

  if (!g_variant_is_of_type (saved, SAVED_TYPE))
    return;
  g_variant_get (saved, "(bua{ss})", &windows_names, &max_name_bytes, &tops);
  self->windows_names = windows_names;
  self->max_name_bytes = max_name_bytes;
  self->saved = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  while (g_variant_iter_next (tops, "{ss}", &from, &to))
    g_hash_table_insert (self->saved, from, to);
}

ShoalNamePlan *
shoal_name_plan_new (const ShoalDestination *destination, int folder, const ShoalDisk *disk,
                     const ShoalStoreEntry *entries, gsize n_entries, GVariant *saved,
                     GError **error)
{
  g_autoptr (ShoalNamePlan) self = g_new0 (ShoalNamePlan, 1);

  self->paths = g_new0 (char *, n_entries + 1);
  self->n_paths = n_entries;
  self->mapped = g_array_new (FALSE, FALSE, sizeof (ShoalMappedName));
  self->windows_names = destination->windows_names;
  self->max_name_bytes = destination->max_name_bytes;
  self->tops = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->folders = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->used = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->folder = folder;
  self->disk = disk != NULL ? disk : &shoal_disk_real;
  if (saved != NULL)
    load (self, saved);

  if (!plan (self, entries, error))
    return NULL;
  g_clear_pointer (&self->folders, g_hash_table_unref);
  g_clear_pointer (&self->used, g_hash_table_unref);
  return g_steal_pointer (&self);
}

void
shoal_name_plan_free (ShoalNamePlan *self)
{
  for (gsize i = 0; i < self->n_paths; i++)
    g_free (self->paths[i]);
  g_free (self->paths);
  g_array_unref (self->mapped);
  g_hash_table_unref (self->tops);
  g_clear_pointer (&self->saved, g_hash_table_unref);
  g_clear_pointer (&self->folders, g_hash_table_unref);
  g_clear_pointer (&self->used, g_hash_table_unref);
  g_free (self);
}

GVariant *
shoal_name_plan_save (const ShoalNamePlan *self)
{
  GVariantBuilder tops;
  GHashTableIter iter;
  gpointer from, to;

  g_variant_builder_init (&tops, G_VARIANT_TYPE ("a{ss}"));
  g_hash_table_iter_init (&iter, self->tops);
  while (g_hash_table_iter_next (&iter, &from, &to))
    g_variant_builder_add (&tops, "{ss}", from, to);
  return g_variant_ref_sink (g_variant_new ("(bua{ss})", self->windows_names,
                                            self->max_name_bytes, &tops));
}

const char *
shoal_name_plan_get_path (const ShoalNamePlan *self, gsize entry)
{
  return self->paths[entry];
}

const ShoalMappedName *
shoal_name_plan_get_mapped (const ShoalNamePlan *self, gsize *n_mapped)
{
  *n_mapped = self->mapped->len;
  return (const ShoalMappedName *) self->mapped->data;
}
