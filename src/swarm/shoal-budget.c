/* shoal-budget.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-swarm"

#include "config.h"

#include "shoal-budget.h"

typedef struct
{
  guint           id; /* 0: removed while being told */
  ShoalBudgetFunc func;
  gpointer        user_data;
} Watch;

struct _ShoalBudget
{
  gatomicrefcount refs;
  uint64_t        limit;
  uint64_t        asked;
  uint64_t        unwritten;
  gboolean        may_request;
  gboolean        may_read;
  gboolean        telling;
  guint           last_watch;
  GArray         *watches; /* (owned) of Watch */
};

ShoalBudget *
shoal_budget_new (uint64_t limit)
{
  ShoalBudget *self = g_new0 (ShoalBudget, 1);

  g_atomic_ref_count_init (&self->refs);
  self->limit = limit != 0 ? limit : SHOAL_BUDGET_BYTES;
  self->may_request = self->may_read = TRUE;
  self->watches = g_array_new (FALSE, FALSE, sizeof (Watch));
  return self;
}

ShoalBudget *
shoal_budget_ref (ShoalBudget *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
shoal_budget_unref (ShoalBudget *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_array_unref (self->watches);
  g_free (self);
}

/* Watches may come and go while they are told; and what they do changes the
 * counts, which must not tell anybody again from inside. */
static void
tell (ShoalBudget *self)
{
  g_autoptr (ShoalBudget) keep = NULL;

  if (self->telling)
    return;
  keep = shoal_budget_ref (self);
  self->telling = TRUE;
  for (guint i = 0; i < self->watches->len; i++)
    {
      Watch watch = g_array_index (self->watches, Watch, i);

      if (watch.id != 0)
        watch.func (watch.user_data);
    }
  self->telling = FALSE;

  for (guint i = self->watches->len; i > 0; i--)
    {
      if (g_array_index (self->watches, Watch, i - 1).id == 0)
        g_array_remove_index (self->watches, i - 1);
    }
}

static void
update (ShoalBudget *self)
{
  uint64_t total = self->asked + self->unwritten;
  uint64_t high = self->limit / 8 * 7;
  uint64_t low = self->limit / 4 * 3;
  gboolean changed = FALSE;

  if (self->may_request && total >= high)
    self->may_request = FALSE;
  else if (!self->may_request && total <= low)
    self->may_request = changed = TRUE;

  if (self->may_read && self->unwritten >= high)
    {
      self->may_read = FALSE;
      changed = TRUE;
    }
  else if (!self->may_read && self->unwritten <= low)
    self->may_read = changed = TRUE;

  if (changed)
    tell (self);
}

gboolean
shoal_budget_may_request (ShoalBudget *self)
{
  return self->may_request;
}

gboolean
shoal_budget_may_read (ShoalBudget *self)
{
  return self->may_read;
}

void
shoal_budget_add_asked (ShoalBudget *self, uint64_t bytes)
{
  self->asked += bytes;
  update (self);
}

void
shoal_budget_sub_asked (ShoalBudget *self, uint64_t bytes)
{
  g_assert (bytes <= self->asked);
  self->asked -= bytes;
  update (self);
}

void
shoal_budget_add_unwritten (ShoalBudget *self, uint64_t bytes)
{
  self->unwritten += bytes;
  update (self);
}

void
shoal_budget_sub_unwritten (ShoalBudget *self, uint64_t bytes)
{
  g_assert (bytes <= self->unwritten);
  self->unwritten -= bytes;
  update (self);
}

uint64_t
shoal_budget_get_asked (ShoalBudget *self)
{
  return self->asked;
}

uint64_t
shoal_budget_get_unwritten (ShoalBudget *self)
{
  return self->unwritten;
}

guint
shoal_budget_add_watch (ShoalBudget *self, ShoalBudgetFunc func, gpointer user_data)
{
  Watch watch = { ++self->last_watch, func, user_data };

  g_array_append_val (self->watches, watch);
  return watch.id;
}

void
shoal_budget_remove_watch (ShoalBudget *self, guint watch)
{
  for (guint i = 0; i < self->watches->len; i++)
    {
      if (g_array_index (self->watches, Watch, i).id != watch)
        continue;
      if (self->telling)
        g_array_index (self->watches, Watch, i).id = 0;
      else
        g_array_remove_index (self->watches, i);
      return;
    }
}
