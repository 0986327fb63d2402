/* shoal-scan.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-store"

#include "config.h"

#include "shoal-scan.h"

#include "shoal-names.h"
#include "shoal-portal-path.h"
#include "shoal-scan-private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Where file number i of the description lies; its path beneath the root
 * follows from its path in the share. */
typedef struct
{
  ShoalFileStamp stamp;
  uint32_t       root;
} Place;

/* Immutable once made. */
struct _ShoalScan
{
  gatomicrefcount   ref_count;
  ShoalDescription *description; /* (owned) */
  ShoalAttributes  *attributes;  /* (owned) */
  Place            *places;      /* (owned): one a file */
  GArray           *roots;       /* (owned): of ShoalScanRoot */
  char            **root_paths;  /* (owned): views into roots */
  GPtrArray        *notes;       /* (owned): of char *, NULL-terminated */
  uint32_t          n_notes;
};

/* --- Roots --------------------------------------------------------------- */

static void
clear_root (gpointer data)
{
  ShoalScanRoot *root = data;

  g_free (root->path);
  g_free (root->name);
}

/* What the person called it; of “.” or “..”, what it is really called. */
static char *
name_of (const char *path, const char *resolved)
{
  g_autofree char *name = g_path_get_basename (path);

  if (g_str_equal (name, ".") || g_str_equal (name, "..") || g_str_equal (name, "/"))
    return g_path_get_basename (resolved);
  return g_steal_pointer (&name);
}

static gboolean
resolve (const char *path, ShoalScanRoot *root, GError **error)
{
  g_autofree char *known = shoal_path_without_portal (path);
  g_autofree char *shown = shoal_name_escape (known, -1, 0);
  char *resolved = realpath (path, NULL);
  struct stat buf;
  ShoalNameFault fault;

  if (resolved == NULL || stat (resolved, &buf) != 0)
    {
      int saved_errno = errno;

      free (resolved);
      if (shoal_path_is_from_portal (path))
        return shoal_error_set_not_granted (error, path);
      if (saved_errno == ENOENT || saved_errno == ENOTDIR)
        return shoal_error_set (error, SHOAL_ERROR_NOT_FOUND, SHOAL_SIDE_HERE,
                                "Check the spelling.", "There is no “%s”", shown);
      return shoal_error_set_errno (error, saved_errno, "read “%s”", shown);
    }
  root->path = g_strdup (resolved);
  free (resolved);
  root->name = name_of (path, root->path);
  root->is_folder = S_ISDIR (buf.st_mode);

  if (!S_ISDIR (buf.st_mode) && !S_ISREG (buf.st_mode))
    return shoal_error_set (error, SHOAL_ERROR_UNSUPPORTED, SHOAL_SIDE_HERE,
                            "Choose files and folders.",
                            "“%s” is neither a file nor a folder", shown);
  fault = shoal_name_check (root->name, -1);
  if (fault != SHOAL_NAME_OK)
    return shoal_error_set (error, SHOAL_ERROR_UNSAFE_NAME, SHOAL_SIDE_HERE,
                            "Give it another name first.", "The name of “%s” %s", shown,
                            shoal_name_fault_get_text (fault));
  return TRUE;
}

/* Two roots of one name: the second becomes “name (1)”. */
static void
make_name_unique (ShoalScanWalk *walk, GHashTable *keys, ShoalScanRoot *root)
{
  g_autofree char *original = g_strdup (root->name);
  char *key = shoal_name_clash_key (root->name, -1);

  for (unsigned n = 1; g_hash_table_contains (keys, key); n++)
    {
      g_free (key);
      g_free (root->name);
      root->name = shoal_name_add_number (original, n);
      key = shoal_name_clash_key (root->name, -1);
    }
  g_hash_table_add (keys, key);
  if (!g_str_equal (original, root->name))
    shoal_scan_note (walk, root->path, "is called “%s” there, as another one has its name",
                     root->name);
}

static gboolean
find_roots (ShoalScanWalk *walk, const char *const *paths, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (size_t i = 0; paths[i] != NULL; i++)
    {
      ShoalScanRoot root = { 0 };

      if (!resolve (paths[i], &root, error))
        {
          clear_root (&root);
          return FALSE;
        }
      if (!g_hash_table_add (seen, root.path))
        {
          shoal_scan_note (walk, paths[i], "was given twice");
          clear_root (&root);
          continue;
        }
      make_name_unique (walk, keys, &root);
      g_array_append_val (walk->roots, root);
    }
  return TRUE;
}

/* --- Walking ------------------------------------------------------------- */

static void
walk_init (ShoalScanWalk *walk, GCancellable *cancellable)
{
  *walk = (ShoalScanWalk){ .cancellable = cancellable };
  walk->roots = g_array_new (FALSE, TRUE, sizeof (ShoalScanRoot));
  g_array_set_clear_func (walk->roots, clear_root);
  walk->found = g_array_new (FALSE, FALSE, sizeof (ShoalScanFound));
  walk->paths = g_byte_array_new ();
  walk->notes = g_ptr_array_new_with_free_func (g_free);
}

static void
walk_clear (ShoalScanWalk *walk)
{
  g_clear_pointer (&walk->builder, shoal_description_builder_free);
  g_clear_pointer (&walk->roots, g_array_unref);
  g_clear_pointer (&walk->found, g_array_unref);
  g_clear_pointer (&walk->paths, g_byte_array_unref);
  g_clear_pointer (&walk->notes, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ShoalScanWalk, walk_clear)

static void
on_clash (const char *path, const char *earlier, gpointer user_data)
{
  shoal_scan_note (user_data, path, "is left out: its name equals that of “%s” but for case",
                   earlier);
}

static ShoalDescription *
describe (ShoalScanWalk *walk, const ShoalHash *draft_id, GError **error)
{
  const ShoalScanRoot *first = &g_array_index (walk->roots, ShoalScanRoot, 0);
  g_autofree char *name = NULL;

  walk->several = walk->roots->len > 1;
  name = walk->several ? g_strdup_printf ("%u items", walk->roots->len) : g_strdup (first->name);
  walk->builder
    = shoal_description_builder_new (name, !walk->several && !first->is_folder);
  for (uint32_t i = 0; i < walk->roots->len; i++)
    if (!shoal_scan_add_root (walk, i, error))
      return NULL;
  return shoal_description_builder_finish (walk->builder, draft_id, on_clash, walk, error);
}

/* --- Result -------------------------------------------------------------- */

static GHashTable *
index_folders (ShoalDescription *description)
{
  GHashTable *folders = g_hash_table_new (g_str_hash, g_str_equal);

  for (uint32_t i = 0; i < shoal_description_get_n_folders (description); i++)
    g_hash_table_insert (folders, (gpointer) shoal_description_get_folder (description, i)->path,
                         GUINT_TO_POINTER (i + 1));
  return folders;
}

/* Brings what was found into the description's order; what clashed is not in
 * it and falls away. */
static void
arrange (ShoalScan *self, const ShoalScanWalk *walk)
{
  g_autoptr (GHashTable) folders = index_folders (self->description);

  self->places = g_new0 (Place, shoal_description_get_n_files (self->description));
  self->attributes = shoal_attributes_new (self->description);
  for (guint i = 0; i < walk->found->len; i++)
    {
      const ShoalScanFound *found = &g_array_index (walk->found, ShoalScanFound, i);
      const char *path = (const char *) walk->paths->data + found->path;
      ShoalAttribute attribute = { found->stamp.mtime, SHOAL_ATTRIBUTE_HAS_TIME };
      uint32_t index;

      if (found->is_executable)
        attribute.flags |= SHOAL_ATTRIBUTE_EXECUTABLE;
      if (!found->is_folder)
        {
          if (!shoal_description_find_path (self->description, path, &index))
            continue;
          self->places[index] = (Place){ found->stamp, found->root };
          self->attributes->files[index] = attribute;
          continue;
        }
      index = GPOINTER_TO_UINT (g_hash_table_lookup (folders, path));
      if (index > 0)
        self->attributes->folders[index - 1] = attribute;
      else if (path[0] == '\0' && !shoal_description_is_single_file (self->description))
        self->attributes->top = attribute;
    }
}

ShoalScan *
shoal_scan_now (const char *const *paths, const ShoalHash *draft_id, GCancellable *cancellable,
                GError **error)
{
  g_auto (ShoalScanWalk) walk = { 0 };
  g_autoptr (ShoalDescription) description = NULL;
  ShoalScan *self;

  g_return_val_if_fail (paths != NULL && paths[0] != NULL, NULL);

  walk_init (&walk, cancellable);
  if (!find_roots (&walk, paths, error))
    return NULL;
  description = describe (&walk, draft_id, error);
  if (description == NULL)
    return NULL;

  self = g_new0 (ShoalScan, 1);
  g_atomic_ref_count_init (&self->ref_count);
  self->description = g_steal_pointer (&description);
  arrange (self, &walk);
  self->roots = g_steal_pointer (&walk.roots);
  self->root_paths = g_new0 (char *, self->roots->len + 1);
  for (guint i = 0; i < self->roots->len; i++)
    self->root_paths[i] = g_array_index (self->roots, ShoalScanRoot, i).path;
  self->notes = g_steal_pointer (&walk.notes);
  g_ptr_array_add (self->notes, NULL);
  self->n_notes = walk.n_notes;
  return self;
}

ShoalScan *
shoal_scan_ref (ShoalScan *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
shoal_scan_unref (ShoalScan *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  shoal_description_unref (self->description);
  shoal_attributes_free (self->attributes);
  g_free (self->places);
  g_free (self->root_paths);
  g_array_unref (self->roots);
  g_ptr_array_unref (self->notes);
  g_free (self);
}

/* --- Job ----------------------------------------------------------------- */

typedef struct
{
  char        **paths;       /* (owned) */
  ShoalHash     draft_id;
  GCancellable *cancellable; /* (owned) (nullable) */
  ShoalScan    *scan;        /* (owned) (nullable) */
  GError       *error;       /* (owned) (nullable) */
  ShoalScanFunc func;
  gpointer      user_data;
} Job;

static void
work_scan (gpointer data)
{
  Job *job = data;

  job->scan = shoal_scan_now ((const char *const *) job->paths, &job->draft_id, job->cancellable,
                              &job->error);
}

static void
done_scan (gpointer data)
{
  Job *job = data;

  job->func (job->scan, job->error, job->user_data);
  g_strfreev (job->paths);
  g_clear_object (&job->cancellable);
  g_clear_pointer (&job->scan, shoal_scan_unref);
  g_clear_error (&job->error);
  g_free (job);
}

void
shoal_scan_async (ShoalRuntime *runtime, const char *const *paths, const ShoalHash *draft_id,
                  GCancellable *cancellable, ShoalScanFunc func, gpointer user_data)
{
  Job *job;

  g_return_if_fail (paths != NULL && paths[0] != NULL);

  job = g_new0 (Job, 1);
  job->paths = g_strdupv ((char **) paths);
  job->draft_id = *draft_id;
  job->cancellable = cancellable != NULL ? g_object_ref (cancellable) : NULL;
  job->func = func;
  job->user_data = user_data;
  shoal_runtime_submit (runtime, SHOAL_POOL_DISK, work_scan, done_scan, job);
}

/* --- Asking -------------------------------------------------------------- */

ShoalDescription *
shoal_scan_get_description (ShoalScan *self)
{
  return self->description;
}

const ShoalAttributes *
shoal_scan_get_attributes (ShoalScan *self)
{
  return self->attributes;
}

const char *const *
shoal_scan_get_notes (ShoalScan *self)
{
  return (const char *const *) self->notes->pdata;
}

uint32_t
shoal_scan_get_n_notes (ShoalScan *self)
{
  return self->n_notes;
}

const ShoalFileStamp *
shoal_scan_get_stamp (ShoalScan *self, uint32_t file)
{
  g_return_val_if_fail (file < shoal_description_get_n_files (self->description), NULL);

  return &self->places[file].stamp;
}

const char *const *
shoal_scan_get_roots (ShoalScan *self)
{
  return (const char *const *) self->root_paths;
}

uint32_t
shoal_scan_get_root_of (ShoalScan *self, uint32_t file)
{
  g_return_val_if_fail (file < shoal_description_get_n_files (self->description), 0);

  return self->places[file].root;
}

const char *
shoal_scan_get_path_beneath (ShoalScan *self, uint32_t file)
{
  const ShoalScanRoot *root
    = &g_array_index (self->roots, ShoalScanRoot, shoal_scan_get_root_of (self, file));
  const char *path = shoal_description_get_file (self->description, file)->path;

  if (!root->is_folder)
    return "";
  return self->roots->len > 1 ? path + strlen (root->name) + 1 : path;
}

char *
shoal_scan_get_location (ShoalScan *self, uint32_t file)
{
  const char *beneath = shoal_scan_get_path_beneath (self, file);
  const char *root = self->root_paths[shoal_scan_get_root_of (self, file)];

  return beneath[0] == '\0' ? g_strdup (root) : g_build_filename (root, beneath, NULL);
}
