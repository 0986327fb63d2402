/* test-budget.c: the predicates and their hysteresis.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-budget.h"

static void
on_change (gpointer data)
{
  (*(guint *) data)++;
}

static void
test_hysteresis (void)
{
  g_autoptr (ShoalBudget) budget = shoal_budget_new (800);
  guint told = 0;
  guint watch = shoal_budget_add_watch (budget, on_change, &told);

  shoal_budget_add_asked (budget, 699);
  g_assert_true (shoal_budget_may_request (budget));
  shoal_budget_add_asked (budget, 1);
  g_assert_false (shoal_budget_may_request (budget));
  g_assert_true (shoal_budget_may_read (budget));
  shoal_budget_sub_asked (budget, 99);
  g_assert_false (shoal_budget_may_request (budget));
  g_assert_cmpuint (told, ==, 0);
  shoal_budget_sub_asked (budget, 1);
  g_assert_true (shoal_budget_may_request (budget));
  g_assert_cmpuint (told, ==, 1);

  /* The disk is behind: links stop reading. */
  shoal_budget_sub_asked (budget, 600);
  shoal_budget_add_unwritten (budget, 700);
  g_assert_false (shoal_budget_may_read (budget));
  g_assert_cmpuint (told, ==, 2);
  shoal_budget_sub_unwritten (budget, 100);
  g_assert_true (shoal_budget_may_read (budget));
  g_assert_true (shoal_budget_may_request (budget));
  g_assert_cmpuint (told, ==, 3);

  shoal_budget_remove_watch (budget, watch);
  shoal_budget_add_unwritten (budget, 100);
  g_assert_cmpuint (told, ==, 3);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/swarm/budget/hysteresis", test_hysteresis);
  return g_test_run ();
}
