/* shoal-content-source.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-store"

#include "config.h"

#include "shoal-content-source.h"

/* Groups gone through for one proof: 1 MiB of leaf hashes. */
#define MAX_PROOF_GROUPS 64u
/* More nodes than this are folded on a worker. */
#define MAX_INLINE_NODES 1024u

ShoalContentSource *
shoal_content_source_ref (ShoalContentSource *self)
{
  self->funcs->ref (self);
  return self;
}

void
shoal_content_source_unref (ShoalContentSource *self)
{
  self->funcs->unref (self);
}

ShoalDescription *
shoal_content_source_get_description (ShoalContentSource *self)
{
  return self->description;
}

/* --- Refusing ------------------------------------------------------------ */

/* Answers later what is refused at once: one of the functions is set. */
typedef struct
{
  ShoalReadFunc   read;
  ShoalHashesFunc hashes;
  ShoalUpperFunc  upper;
  gpointer        user_data;
  GError         *error; /* (owned) */
} Refusal;

static void
on_refuse (gpointer user_data)
{
  Refusal *refusal = user_data;

  if (refusal->read != NULL)
    refusal->read (NULL, refusal->error, refusal->user_data);
  else if (refusal->hashes != NULL)
    refusal->hashes (NULL, 0, refusal->error, refusal->user_data);
  else
    refusal->upper (NULL, 0, refusal->error, refusal->user_data);
  g_error_free (refusal->error);
  g_free (refusal);
}

static void
refuse (ShoalContentSource *self, Refusal refusal, ShoalErrorCode code, const char *message)
{
  Refusal *copy = g_memdup2 (&refusal, sizeof refusal);

  copy->error = shoal_error_new (code, SHOAL_SIDE_NONE, NULL, "%s", message);
  shoal_runtime_add_timer (self->runtime, 0, on_refuse, copy);
}

/* 0 if there is no such file. */
static uint64_t
length_of (ShoalContentSource *self, uint32_t file)
{
  if (file >= shoal_description_get_n_files (self->description))
    return 0;
  return shoal_description_get_file (self->description, file)->length;
}

/* --- Asking -------------------------------------------------------------- */

void
shoal_content_source_read_async (ShoalContentSource *self, uint32_t file, uint64_t first_leaf,
                                 uint32_t n_leaves, ShoalReadFunc func, gpointer user_data)
{
  uint64_t all = shoal_merkle_n_leaves (length_of (self, file));

  if (n_leaves < 1 || n_leaves > SHOAL_MAX_REQUEST_LEAVES || first_leaf >= all
      || n_leaves > all - first_leaf)
    refuse (self, (Refusal){ .read = func, .user_data = user_data }, SHOAL_ERROR_INVALID,
            "There are no such leaves");
  else
    self->funcs->read (self, file, first_leaf, n_leaves, func, user_data);
}

void
shoal_content_source_hashes_async (ShoalContentSource *self, uint32_t file, uint64_t group,
                                   ShoalHashesFunc func, gpointer user_data)
{
  if (group >= shoal_merkle_n_groups (length_of (self, file)))
    refuse (self, (Refusal){ .hashes = func, .user_data = user_data }, SHOAL_ERROR_INVALID,
            "There is no such group of leaves");
  else
    self->funcs->hashes (self, file, group, func, user_data);
}

void
shoal_content_source_upper_async (ShoalContentSource *self, uint32_t file, ShoalUpperFunc func,
                                  gpointer user_data)
{
  if (length_of (self, file) == 0)
    refuse (self, (Refusal){ .upper = func, .user_data = user_data }, SHOAL_ERROR_INVALID,
            "The file has no hashes");
  else
    self->funcs->upper (self, file, func, user_data);
}

/* --- Proofs -------------------------------------------------------------- */

/* First the leaves of each group, one after the other, then the layers above;
 * then all that the proof needs is known. */
typedef struct
{
  ShoalContentSource *source;      /* (owned) */
  uint32_t            file;
  uint64_t            length;
  ShoalMerkleRange    range;
  uint64_t            first_group; /* of leaves that the proof goes into */
  uint32_t            n_groups;    /* 0: none */
  uint32_t            n_have;
  uint64_t            n_leaves;
  ShoalHash          *leaves;      /* (owned) */
  ShoalMerkleWindow  *windows;     /* (owned): for a worker; their nodes too */
  size_t              n_windows;
  ShoalHash          *out;         /* (owned) */
  uint32_t            n_out;
  gboolean            is_proved;
  ShoalHashesFunc     func;
  gpointer            user_data;
} Proof;

static void
proof_end (Proof *proof, const GError *error)
{
  g_autoptr (GError) missing = NULL;

  if (error == NULL && !proof->is_proved)
    {
      missing = shoal_error_new (SHOAL_ERROR_NOT_FOUND, SHOAL_SIDE_NONE, NULL,
                                 "These hashes are not known");
      error = missing;
    }
  proof->func (error == NULL ? proof->out : NULL, error == NULL ? proof->n_out : 0, error,
               proof->user_data);

  for (size_t i = 1; i < proof->n_windows; i++)
    g_free ((ShoalHash *) proof->windows[i].nodes);
  g_free (proof->windows);
  g_free (proof->leaves);
  g_free (proof->out);
  shoal_content_source_unref (proof->source);
  g_free (proof);
}

static ShoalMerkleWindow
leaf_window (const Proof *proof)
{
  return (ShoalMerkleWindow){ .layer = 0,
                              .first = proof->first_group * SHOAL_LEAVES_PER_GROUP,
                              .n_nodes = proof->n_leaves,
                              .nodes = proof->leaves };
}

static void
work_prove (gpointer data)
{
  Proof *proof = data;

  proof->is_proved = shoal_merkle_prove (&proof->range, proof->length, proof->windows,
                                         proof->n_windows, proof->out);
}

static void
done_prove (gpointer data)
{
  proof_end (data, NULL);
}

static void
on_upper (const ShoalMerkleWindow *windows, size_t n_windows, const GError *error,
          gpointer user_data)
{
  Proof *proof = user_data;
  gboolean is_long = proof->n_leaves > MAX_INLINE_NODES;

  if (error != NULL)
    {
      proof_end (proof, error);
      return;
    }
  proof->windows = g_new0 (ShoalMerkleWindow, n_windows + 1);
  proof->windows[0] = leaf_window (proof);
  for (size_t i = 0; i < n_windows; i++)
    {
      proof->windows[i + 1] = windows[i];
      if (is_long)
        proof->windows[i + 1].nodes
          = g_memdup2 (windows[i].nodes, windows[i].n_nodes * sizeof (ShoalHash));
    }
  if (is_long)
    {
      proof->n_windows = n_windows + 1;
      shoal_runtime_submit (proof->source->runtime, SHOAL_POOL_HASH, work_prove, done_prove,
                            proof);
      return;
    }
  proof->is_proved = shoal_merkle_prove (&proof->range, proof->length, proof->windows,
                                         n_windows + 1, proof->out);
  proof_end (proof, NULL);
}

static void
on_group (const ShoalHash *hashes, uint32_t n_hashes, const GError *error, gpointer user_data)
{
  Proof *proof = user_data;

  if (error != NULL)
    {
      proof_end (proof, error);
      return;
    }
  memcpy (proof->leaves + proof->n_leaves, hashes, n_hashes * sizeof *hashes);
  proof->n_leaves += n_hashes;
  proof->n_have++;
  if (proof->n_have < proof->n_groups)
    shoal_content_source_hashes_async (proof->source, proof->file,
                                       proof->first_group + proof->n_have, on_group, proof);
  else
    shoal_content_source_upper_async (proof->source, proof->file, on_upper, proof);
}

/* The groups whose leaves the range's nodes and lower uncles are made from. */
static gboolean
find_groups (Proof *proof)
{
  const ShoalMerkleRange *range = &proof->range;
  uint64_t all = shoal_merkle_n_groups (proof->length);
  uint64_t first, last;

  if (range->base >= SHOAL_MERKLE_GROUP_LAYER)
    return TRUE;
  first = ((uint64_t) range->index << range->base) / SHOAL_LEAVES_PER_GROUP;
  last = (((uint64_t) range->index + range->count) << range->base) - 1;
  last = MIN (last / SHOAL_LEAVES_PER_GROUP, all - 1);
  if (first > last || last - first >= MAX_PROOF_GROUPS)
    return FALSE;
  proof->first_group = first;
  proof->n_groups = (uint32_t) (last - first + 1);
  return TRUE;
}

void
shoal_content_source_prove_async (ShoalContentSource *self, uint32_t file,
                                  const ShoalMerkleRange *range, ShoalHashesFunc func,
                                  gpointer user_data)
{
  Proof *proof;
  uint64_t length = length_of (self, file);

  if (length == 0 || !shoal_merkle_range_is_valid (range, length, SHOAL_MERKLE_MAX_RANGE))
    {
      refuse (self, (Refusal){ .hashes = func, .user_data = user_data }, SHOAL_ERROR_INVALID,
              "There are no such hashes");
      return;
    }

  proof = g_new0 (Proof, 1);
  proof->file = file;
  proof->length = length;
  proof->range = *range;
  if (!find_groups (proof))
    {
      g_free (proof);
      refuse (self, (Refusal){ .hashes = func, .user_data = user_data }, SHOAL_ERROR_LIMIT,
              "These are too many hashes for one answer");
      return;
    }
  proof->source = shoal_content_source_ref (self);
  proof->n_out = range->n_nodes + range->n_uncles;
  proof->out = g_new (ShoalHash, proof->n_out);
  proof->leaves = g_new (ShoalHash, (gsize) proof->n_groups * SHOAL_LEAVES_PER_GROUP);
  proof->func = func;
  proof->user_data = user_data;
  if (proof->n_groups > 0)
    shoal_content_source_hashes_async (self, file, proof->first_group, on_group, proof);
  else
    shoal_content_source_upper_async (self, file, on_upper, proof);
}
