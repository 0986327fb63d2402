/* shoal-store-source.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-swarm"

#include "config.h"

#include "shoal-store-source.h"

#include "shoal-error.h"

typedef struct
{
  ShoalContentSource parent;    /* first */
  grefcount          ref_count;
  ShoalPieceStore   *store;     /* (owned) */
  GHashTable        *roots;     /* (owned): file → GArray of group roots, complete */
} StoreSource;

static void
source_ref (ShoalContentSource *source)
{
  g_ref_count_inc (&((StoreSource *) source)->ref_count);
}

static void
source_unref (ShoalContentSource *source)
{
  StoreSource *self = (StoreSource *) source;

  if (!g_ref_count_dec (&self->ref_count))
    return;
  g_hash_table_unref (self->roots);
  shoal_piece_store_unref (self->store);
  shoal_description_unref (source->description);
  g_object_unref (source->runtime);
  g_free (self);
}

/* --- Reading -------------------------------------------------------------------- */

typedef struct
{
  ShoalContentSource *source; /* (owned) */
  ShoalReadFunc       read;
  ShoalHashesFunc     hashes;
  gpointer            user_data;
} Asking;

static Asking *
asking_new (ShoalContentSource *source, ShoalReadFunc read, ShoalHashesFunc hashes,
            gpointer user_data)
{
  Asking *asking = g_new (Asking, 1);

  *asking = (Asking){ shoal_content_source_ref (source), read, hashes, user_data };
  return asking;
}

static void
on_read (ShoalPieceStore *store, GBytes *data, const GError *error, gpointer user_data)
{
  g_autofree Asking *asking = user_data;

  asking->read (data, error, asking->user_data);
  shoal_content_source_unref (asking->source);
}

static void
source_read (ShoalContentSource *source, uint32_t file, uint64_t first, uint32_t n,
             ShoalReadFunc func, gpointer user_data)
{
  shoal_piece_store_read_async (((StoreSource *) source)->store, file, first, n, on_read,
                                asking_new (source, func, NULL, user_data));
}

static void
on_hashes (ShoalPieceStore *store, const ShoalHash *hashes, guint n, const GError *error,
           gpointer user_data)
{
  g_autofree Asking *asking = user_data;

  asking->hashes (hashes, n, error, asking->user_data);
  shoal_content_source_unref (asking->source);
}

static void
source_hashes (ShoalContentSource *source, uint32_t file, uint64_t group, ShoalHashesFunc func,
               gpointer user_data)
{
  shoal_piece_store_get_hashes_async (((StoreSource *) source)->store, file, group, on_hashes,
                                      asking_new (source, NULL, func, user_data));
}

/* --- The tree above the groups ------------------------------------------------------ */

typedef struct
{
  StoreSource   *self;   /* (owned) */
  uint32_t       file;
  uint64_t       length;
  uint64_t       n_groups;
  GArray        *roots;  /* (owned) of ShoalHash */
  guint          timer;
  ShoalUpperFunc func;
  gpointer       user_data;
} Upper;

static void next_group (Upper *upper);

static void
upper_end (Upper *upper, const GError *error)
{
  ShoalMerkleWindow window = { .layer = SHOAL_MERKLE_GROUP_LAYER,
                               .nodes = (const ShoalHash *) upper->roots->data,
                               .n_nodes = upper->roots->len };

  if (error == NULL && upper->n_groups > 1)
    g_hash_table_insert (upper->self->roots, GUINT_TO_POINTER (upper->file),
                         g_array_ref (upper->roots));
  upper->func (error == NULL && upper->n_groups > 1 ? &window : NULL,
               error == NULL && upper->n_groups > 1 ? 1 : 0, error, upper->user_data);
  g_array_unref (upper->roots);
  source_unref (&upper->self->parent);
  g_free (upper);
}

static void
on_group (ShoalPieceStore *store, const ShoalHash *hashes, guint n, const GError *error,
          gpointer user_data)
{
  Upper *upper = user_data;
  ShoalHash root;

  if (error != NULL || n != shoal_merkle_group_size (upper->length, upper->roots->len))
    {
      g_autoptr (GError) missing
        = shoal_error_new (SHOAL_ERROR_NOT_FOUND, SHOAL_SIDE_NONE, NULL,
                           "Some hashes of the file are not known yet");

      upper_end (upper, missing);
      return;
    }
  shoal_merkle_group_root (upper->length, upper->roots->len, hashes, &root);
  g_array_append_val (upper->roots, root);
  next_group (upper);
}

static void
next_group (Upper *upper)
{
  if (upper->roots->len == upper->n_groups || upper->n_groups <= 1)
    upper_end (upper, NULL);
  else
    shoal_piece_store_get_hashes_async (upper->self->store, upper->file, upper->roots->len,
                                        on_group, upper);
}

static void
on_upper_timer (gpointer user_data)
{
  next_group (user_data);
}

static void
source_upper (ShoalContentSource *source, uint32_t file, ShoalUpperFunc func, gpointer user_data)
{
  StoreSource *self = (StoreSource *) source;
  GArray *known = g_hash_table_lookup (self->roots, GUINT_TO_POINTER (file));
  Upper *upper = g_new0 (Upper, 1);

  source_ref (source);
  upper->self = self;
  upper->file = file;
  upper->length = shoal_description_get_file (source->description, file)->length;
  upper->n_groups = shoal_merkle_n_groups (upper->length);
  upper->roots = known != NULL ? g_array_ref (known)
                               : g_array_new (FALSE, FALSE, sizeof (ShoalHash));
  upper->func = func;
  upper->user_data = user_data;
  /* Never from inside the call. */
  upper->timer = shoal_runtime_add_timer (source->runtime, 0, on_upper_timer, upper);
}

/* --- Public ------------------------------------------------------------------------------ */

static const ShoalContentSourceFuncs FUNCS = {
  .ref = source_ref,
  .unref = source_unref,
  .read = source_read,
  .hashes = source_hashes,
  .upper = source_upper,
};

ShoalContentSource *
shoal_store_source_new (ShoalRuntime *runtime, ShoalPieceStore *store,
                        ShoalDescription *description)
{
  StoreSource *self = g_new0 (StoreSource, 1);

  self->parent.funcs = &FUNCS;
  self->parent.runtime = g_object_ref (runtime);
  self->parent.description = shoal_description_ref (description);
  g_ref_count_init (&self->ref_count);
  self->store = shoal_piece_store_ref (store);
  self->roots = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) g_array_unref);
  return &self->parent;
}
