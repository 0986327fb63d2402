/* shoal-seed-private.h: what the parts of a seed share.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * For shoal-seed*.c alone:
 *   shoal-seed.c           life, turns, the owner's calls
 *   shoal-seed-request.c   what a request waits for, reading, answers
 *   shoal-seed-hash.c      units: groups of leaves that are wanted, and the jobs
 *                          that hash them
 *   shoal-seed-tree.c      group roots, leaf hashes at hand, the hash cache
 *   shoal-seed-complete.c  what the draft becomes
 */
#pragma once

#include "shoal-hash-cache.h"
#include "shoal-seed-files.h"
#include "shoal-seed.h"
#include "shoal-thread.h"

G_BEGIN_DECLS

/* Leaf hashes kept at hand, in bytes. */
#define SHOAL_SEED_LEAVES_BYTES (4u * 1024 * 1024)
/* Bytes and files that are hashed in advance of what is asked for. */
#define SHOAL_SEED_AHEAD_BYTES (32u * 1024 * 1024)
#define SHOAL_SEED_AHEAD_FILES 512u
/* While the hash cache has more than this to write, no more is hashed. */
#define SHOAL_SEED_UNWRITTEN_BYTES (8u * 1024 * 1024)

typedef enum
{
  SHOAL_SEED_FILE_UNKNOWN, /* its root is not known yet */
  SHOAL_SEED_FILE_HASHED,
  SHOAL_SEED_FILE_FAILED,
} ShoalSeedFileState;

/* The nodes above the leaf groups of a file of several groups. */
typedef struct
{
  uint64_t           n_groups;
  uint64_t           n_known;
  uint8_t           *known;     /* (owned): one bit a group */
  ShoalHash         *roots;     /* (owned): of the groups that are known */
  ShoalHash         *upper;     /* (owned) (nullable): layers 10 and up, when all are known */
  ShoalMerkleWindow *windows;   /* (owned) (nullable): layers 9 and up */
  size_t             n_windows;
  gboolean           is_cached; /* the cache has it */
} ShoalSeedTree;

typedef struct
{
  ShoalHash      root;       /* if HASHED */
  uint8_t        state;      /* ShoalSeedFileState */
  uint8_t        has_groups; /* some are in the hash cache from before */
  uint8_t        is_told;
  uint8_t        is_fresh;   /* touched too shortly before it was hashed to be remembered */
  ShoalSeedTree *tree;       /* (owned) (nullable) */
} ShoalSeedFile;

typedef enum
{
  SHOAL_SEED_READ,
  SHOAL_SEED_HASHES,
  SHOAL_SEED_UPPER,
} ShoalSeedRequestType; /* which of `func` is meant */

/* One call that has not been answered. */
typedef struct
{
  ShoalSeedRequestType type;
  uint32_t             file;
  uint64_t             first;  /* leaf, or group */
  uint32_t             n_leaves;
  guint                n_wait; /* units it waits for */
  GError              *error;  /* (owned) (nullable): the first unit's that failed */
  union
  {
    ShoalReadFunc   read;
    ShoalHashesFunc hashes;
    ShoalUpperFunc  upper;
  } func;
  gpointer user_data;
} ShoalSeedRequest;

/* A group of leaves that somebody wants. */
typedef struct
{
  uint64_t   key;      /* file << 32 | group; first: it is the key of `units` */
  gboolean   is_wanted; /* by a request: goes before what is hashed in advance */
  gboolean   is_queued; /* in `wanted` or `ahead` */
  GPtrArray *requests; /* (owned) (nullable): of ShoalSeedRequest that wait (unowned) */
  GList      link;
} ShoalSeedUnit;

static inline uint64_t
shoal_seed_key (uint32_t file, uint64_t group)
{
  return (uint64_t) file << 32 | group;
}

static inline uint32_t
shoal_seed_key_file (uint64_t key)
{
  return (uint32_t) (key >> 32);
}

static inline uint64_t
shoal_seed_key_group (uint64_t key)
{
  return key & G_MAXUINT32;
}

/* Leaf hashes of a group, at hand. */
typedef struct
{
  uint64_t key; /* first: it is the key of `leaves` */
  GBytes  *bytes;
  GList    link;
} ShoalSeedLeaves;

struct _ShoalSeed
{
  ShoalContentSource source;     /* first: a seed is a source */
  int                ref_count;

  /* Set once. */
  ShoalOwnerThread   owner;
  ShoalDatabase     *database;   /* (owned) (nullable) */
  ShoalScan         *scan;       /* (owned) */
  ShoalSeedFiles    *files_on_disk; /* (owned) */
  uint32_t           n_files;
  ShoalSeedFileFunc  func;
  gpointer           user_data;

  gboolean           is_ready;   /* the cache has answered */
  gboolean           is_closed;
  ShoalSeedFile     *files;      /* (owned): n_files */
  GHashTable        *failures;   /* (owned): file + 1 → GError */
  uint32_t           n_left;     /* UNKNOWN files with bytes */
  uint64_t           bytes_hashed, bytes_total;
  uint32_t           n_untold;   /* files with bytes whose owner has not been told */

  /* Calls that wait for the next turn of the loop. */
  GPtrArray         *incoming;   /* of ShoalSeedRequest (owned) */
  guint              turn_timer;
  GArray            *hash_alls;  /* of HashAll (owned), see shoal-seed.c */

  /* Reads that wait for a job. */
  GQueue             reads;      /* of ShoalSeedRequest (owned) */
  guint              n_read_jobs;

  /* Units: in all, those that wait for a job in two queues. */
  GHashTable        *units;      /* key → ShoalSeedUnit (owned) */
  guint              n_lookups;  /* of units in the hash cache */
  GQueue             wanted;
  GQueue             ahead;
  uint64_t           ahead_from, ahead_middle; /* keys: the last look ahead, its middle */
  guint              n_hash_jobs;
  guint              max_hash_jobs;
  GQueue             whole;      /* files all of whose groups are wanted; file + 1 */
  uint64_t           whole_group; /* next one of the first of them */
  uint32_t           all_file;   /* where hash_all stands */
  uint64_t           all_group;
  GPtrArray         *uppers;     /* of ShoalSeedRequest (owned): wait for a tree */

  /* Leaf hashes at hand. */
  GHashTable        *leaves;     /* key → ShoalSeedLeaves (owned) */
  GQueue             leaves_used; /* least recently used first */
  size_t             leaves_bytes;

  /* What is to be put into the hash cache. */
  GArray            *records;    /* (owned) */
  size_t             records_bytes;
  size_t             unwritten_bytes; /* given to the cache and not written yet */
};

ShoalSeed *shoal_seed_ref   (ShoalSeed *self);
void       shoal_seed_unref (ShoalSeed *self);

static inline uint64_t
shoal_seed_length (ShoalSeed *self, uint32_t file)
{
  return shoal_description_get_file (self->source.description, file)->length;
}

/* --- shoal-seed-request.c ------------------------------------------------ */

/* Answers it now if it can, else sees to it that it will be. */
void     shoal_seed_process           (ShoalSeed *self, ShoalSeedRequest *request);
/* Answers it with @error and frees it. */
void     shoal_seed_refuse            (ShoalSeed *self, ShoalSeedRequest *request,
                                       const GError *error);
/* A request's unit is hashed (@leaves) or failed (@error). */
void     shoal_seed_go_on             (ShoalSeed *self, ShoalSeedRequest *request, GBytes *leaves,
                                       const GError *error);
/* Answers it from a complete tree, or with @error, and frees it. */
void     shoal_seed_answer_upper      (ShoalSeed *self, ShoalSeedRequest *request,
                                       const GError *error);

/* --- shoal-seed.c -------------------------------------------------------- */

/* Something was hashed, or failed: who waits for everything may be done. */
void     shoal_seed_check_hash_alls   (ShoalSeed *self);
/* TRUE while somebody wants everything hashed. */
gboolean shoal_seed_wants_all         (ShoalSeed *self);
/* Tells the file's root or failure to the owner, if not done yet. */
void     shoal_seed_tell_file         (ShoalSeed *self, uint32_t file);
/* The whole file fails; everything that waits for it is answered. */
void     shoal_seed_fail_file         (ShoalSeed *self, uint32_t file, const GError *error);

/* --- shoal-seed-tree.c --------------------------------------------------- */

void     shoal_seed_tree_free         (ShoalSeedTree *tree);
/* TRUE if the group's leaves have been hashed, now or when they were put into
 * the cache. */
gboolean shoal_seed_knows_group       (ShoalSeed *self, uint32_t file, uint64_t group);
/* TRUE if @root may be the group's: it does not contradict what is known. */
gboolean shoal_seed_group_fits        (ShoalSeed *self, uint32_t file, uint64_t group,
                                       const ShoalHash *root);
/* The group has been hashed; completes the file with the last one. @started:
 * wall time before it was read; 0: it is not to be put into the cache. */
void     shoal_seed_set_group         (ShoalSeed *self, uint32_t file, uint64_t group,
                                       GBytes *leaves, const ShoalHash *root, gint64 started);
/* Takes the group roots of a HASHED file from the hash cache, which checked them. */
void     shoal_seed_set_tree          (ShoalSeed *self, uint32_t file, GBytes *group_roots);

/* Leaf hashes at hand. (nullable) (transfer none) */
GBytes  *shoal_seed_get_leaves        (ShoalSeed *self, uint64_t key);
void     shoal_seed_keep_leaves       (ShoalSeed *self, uint64_t key, GBytes *bytes);
void     shoal_seed_drop_leaves       (ShoalSeed *self);

/* Writes what waits to the hash cache. */
void     shoal_seed_flush_records     (ShoalSeed *self);

/* --- shoal-seed-hash.c --------------------------------------------------- */

/* @request waits for that group's leaves. */
void     shoal_seed_want              (ShoalSeed *self, uint32_t file, uint64_t group,
                                       ShoalSeedRequest *request);
/* @request (UPPER) waits for the tree of @file, which is HASHED. */
void     shoal_seed_want_tree         (ShoalSeed *self, uint32_t file, ShoalSeedRequest *request);
/* Answers those who wait for the tree of @file: it is there, or @error. */
void     shoal_seed_answer_uppers     (ShoalSeed *self, uint32_t file, const GError *error);
/* Units after this one are hashed soon. */
void     shoal_seed_look_ahead        (ShoalSeed *self, uint32_t file, uint64_t group);
/* Gives jobs to the pool while there is work and room. */
void     shoal_seed_pump_hash         (ShoalSeed *self);
/* Units end, those of @file or all (G_MAXUINT32); who waits gets @error. */
void     shoal_seed_drop_units        (ShoalSeed *self, uint32_t file, const GError *error);

G_END_DECLS
