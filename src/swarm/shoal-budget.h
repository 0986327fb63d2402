/* shoal-budget.h: the one byte budget of everything being downloaded.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

G_BEGIN_DECLS

/* Bytes asked for, plus bytes received and not yet on disk. */
#define SHOAL_BUDGET_BYTES (G_GUINT64_CONSTANT (64) * 1024 * 1024)

typedef void (*ShoalBudgetFunc) (gpointer user_data);

/**
 * ShoalBudget:
 *
 * Back-pressure is one predicate over one number, shared by all downloads of
 * an engine. From 7/8 of the limit on nothing more is asked for, until it falls
 * to 3/4. As only asked-for bytes are read, what was received can never exceed
 * the limit; once unwritten bytes alone reach 7/8 (the disk is far behind),
 * links should stop reading too, so that data waits in the kernel's buffers.
 *
 * Engine thread only. Reference counted.
 */
typedef struct _ShoalBudget ShoalBudget;

/* @limit: bytes; 0 means SHOAL_BUDGET_BYTES (a limit of nothing stalls for ever). */
ShoalBudget *shoal_budget_new   (uint64_t limit);
ShoalBudget *shoal_budget_ref   (ShoalBudget *self);
void         shoal_budget_unref (ShoalBudget *self);

/* The two predicates, with their hysteresis. */
gboolean shoal_budget_may_request (ShoalBudget *self);
gboolean shoal_budget_may_read    (ShoalBudget *self);

/* Asked for / no longer expected. */
void shoal_budget_add_asked       (ShoalBudget *self, uint64_t bytes);
void shoal_budget_sub_asked       (ShoalBudget *self, uint64_t bytes);
/* Arrived (count it out of asked apart) / written, or dropped. */
void shoal_budget_add_unwritten   (ShoalBudget *self, uint64_t bytes);
void shoal_budget_sub_unwritten   (ShoalBudget *self, uint64_t bytes);

uint64_t shoal_budget_get_asked     (ShoalBudget *self);
uint64_t shoal_budget_get_unwritten (ShoalBudget *self);

/* @func is called whenever one of the predicates has become TRUE again, or
 * may_read() FALSE. It may ask and add, and may remove its own watch. */
guint shoal_budget_add_watch    (ShoalBudget *self, ShoalBudgetFunc func, gpointer user_data);
void  shoal_budget_remove_watch (ShoalBudget *self, guint watch);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalBudget, shoal_budget_unref)

G_END_DECLS
