/* shoal-shaper.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-base"

#include "config.h"

#include "shoal-shaper.h"

/* What all together may save up: a tenth of a second's worth, at least this. */
#define MIN_BURST 65536.0
/* And one of them: a leaf. */
#define MIN_SHARE 16384.0

struct _ShoalShaper
{
  grefcount  ref_count;
  uint64_t   limit;
  gint64     earned; /* when tokens were last given out */
  GPtrArray *users;  /* of ShoalShaperUser (unowned) */
};

struct _ShoalShaperUser
{
  ShoalShaper *shaper; /* (owned) */
  double       tokens; /* negative: owed */
};

ShoalShaper *
shoal_shaper_new (void)
{
  ShoalShaper *self = g_new0 (ShoalShaper, 1);

  g_ref_count_init (&self->ref_count);
  self->users = g_ptr_array_new ();
  return self;
}

ShoalShaper *
shoal_shaper_ref (ShoalShaper *self)
{
  g_ref_count_inc (&self->ref_count);
  return self;
}

void
shoal_shaper_unref (ShoalShaper *self)
{
  if (!g_ref_count_dec (&self->ref_count))
    return;

  g_assert (self->users->len == 0);
  g_ptr_array_unref (self->users);
  g_free (self);
}

void
shoal_shaper_set_limit (ShoalShaper *self, uint64_t limit, gint64 now)
{
  self->limit = limit;
  self->earned = now;
  for (guint i = 0; i < self->users->len; i++)
    ((ShoalShaperUser *) g_ptr_array_index (self->users, i))->tokens = 0;
}

uint64_t
shoal_shaper_get_limit (ShoalShaper *self)
{
  return self->limit;
}

/* --- Sharing ------------------------------------------------------------- */

/* Gives each that has room for more its part of @pool; returns what is left. */
static double
share_out (ShoalShaper *self, double pool, double most)
{
  guint n_hungry = 0;
  double part;

  for (guint i = 0; i < self->users->len; i++)
    n_hungry += ((ShoalShaperUser *) g_ptr_array_index (self->users, i))->tokens < most;
  if (n_hungry == 0)
    return 0;

  part = pool / n_hungry;
  for (guint i = 0; i < self->users->len; i++)
    {
      ShoalShaperUser *user = g_ptr_array_index (self->users, i);
      double given = CLAMP (most - user->tokens, 0, part);

      user->tokens += given;
      pool -= given;
    }
  return pool;
}

static void
earn (ShoalShaper *self, gint64 now)
{
  double limit = (double) self->limit;
  double burst = MAX (MIN_BURST, 0.1 * limit);
  double most = MAX (MIN_SHARE, burst / self->users->len);
  double pool = limit * (double) (now - self->earned) / G_USEC_PER_SEC;

  self->earned = now;
  pool = MIN (pool, burst);
  /* Each round fills at least one user up, or gives out all. */
  for (guint i = 0; i < self->users->len && pool >= 1; i++)
    pool = share_out (self, pool, most);
}

/* --- Users --------------------------------------------------------------- */

ShoalShaperUser *
shoal_shaper_join (ShoalShaper *self)
{
  ShoalShaperUser *user = g_new0 (ShoalShaperUser, 1);

  user->shaper = shoal_shaper_ref (self);
  g_ptr_array_add (self->users, user);
  return user;
}

void
shoal_shaper_leave (ShoalShaperUser *user)
{
  g_ptr_array_remove (user->shaper->users, user);
  shoal_shaper_unref (user->shaper);
  g_free (user);
}

gboolean
shoal_shaper_user_is_limited (const ShoalShaperUser *user)
{
  return user->shaper->limit != 0;
}

gboolean
shoal_shaper_user_may (ShoalShaperUser *user, gint64 now)
{
  if (user->shaper->limit == 0)
    return TRUE;
  if (now > user->shaper->earned)
    earn (user->shaper, now);
  return user->tokens > 0;
}

void
shoal_shaper_user_spend (ShoalShaperUser *user, uint64_t bytes)
{
  if (user->shaper->limit != 0)
    user->tokens -= (double) bytes;
}
