/* test-error.c: errors keep their side and next step through copies.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-error.h"

#include <errno.h>

static void
test_copy (void)
{
  g_autoptr (GError) error
    = shoal_error_new (SHOAL_ERROR_DECLINED, SHOAL_SIDE_THERE, "Ask Anna.", "%s declined", "Anna");
  g_autoptr (GError) copy = g_error_copy (error);

  g_assert_error (copy, SHOAL_ERROR, (int) SHOAL_ERROR_DECLINED);
  g_assert_cmpstr (copy->message, ==, "Anna declined");
  g_assert_cmpstr (shoal_error_get_next (copy), ==, "Ask Anna.");
  g_assert_cmpint (shoal_error_get_side (copy), ==, SHOAL_SIDE_THERE);
  g_assert_cmpstr (shoal_error_get_nick (copy), ==, "declined");
  g_assert_cmpstr (shoal_side_get_nick (SHOAL_SIDE_THERE), ==, "there");
}

static void
test_errno (void)
{
  g_autoptr (GError) full = NULL;
  g_autoptr (GError) other = NULL;
  g_autoptr (GError) foreign = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "stop");

  g_assert_false (shoal_error_set_errno (&full, ENOSPC, "write “%s”", "a"));
  g_assert_error (full, SHOAL_ERROR, (int) SHOAL_ERROR_DISK_FULL);
  g_assert_nonnull (shoal_error_get_next (full));
  g_assert_false (shoal_error_set_errno (&other, EIO, "read"));
  g_assert_error (other, SHOAL_ERROR, (int) SHOAL_ERROR_DISK);
  g_assert_false (shoal_error_set_errno (NULL, EIO, "read"));
  g_assert_cmpstr (shoal_error_get_nick (foreign), ==, "cancelled");
  g_assert_null (shoal_error_get_next (foreign));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/error/copy", test_copy);
  g_test_add_func ("/base/error/errno", test_errno);
  return g_test_run ();
}
