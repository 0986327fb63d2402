/* test-history.c: what is over, what is tried again, what waits for its turn.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "engine-pair.h"

#include "shoal-error.h"

#include <glib/gstdio.h>
#include <string.h>

#define LARGE (100 * MIB)

/* --- History --------------------------------------------------------------- */

static void
check_over (Device *device, const char *id, gint64 since)
{
  g_autoptr (ShoalTransferInfo) info = look (device, id);
  g_autofree char *path = g_build_filename (receiver.folder, "Things", NULL);

  g_assert_nonnull (info);
  g_assert_cmpint (info->phase, ==, SHOAL_TRANSFER_DONE);
  g_assert_true (info->verified);
  g_assert_cmpstr (info->name, ==, "Things");
  g_assert_cmpuint (info->bytes, ==, 370 * 1000);
  g_assert_cmpuint (info->total, ==, 370 * 1000);
  g_assert_cmpuint (info->files, ==, 2);
  g_assert_cmpuint (info->files_done, ==, 2);
  g_assert_cmpint (info->created_at, >=, since);
  g_assert_cmpint (info->started_at, >=, info->created_at);
  g_assert_cmpint (info->finished_at, >=, info->started_at);
  g_assert_cmpint (info->finished_at, <=, g_get_real_time ());
  g_assert_cmpint (info->offer_state, ==, SHOAL_OFFER_ACCEPTED);
  g_assert_nonnull (info->device);
  g_assert_cmpuint (info->position, ==, 0);
  g_assert_false (info->can_retry);
  if (device != &receiver)
    return;
  g_assert_cmpstr (info->directory, ==, receiver.folder);
  g_assert_cmpstr (info->paths[0], ==, path);
  g_assert_null (info->paths[1]);
}

static void
check_files (Device *device, const char *id)
{
  g_autoptr (ShoalFileList) list = list_files (device, id);
  ShoalListedFile file;

  g_assert_cmpstr (shoal_file_list_get_name (list), ==, "Things");
  g_assert_cmpuint (shoal_file_list_get_n_files (list), ==, 3);
  g_assert_cmpuint (shoal_file_list_get_n_folders (list), ==, 1);
  g_assert_cmpstr (shoal_file_list_get_folder (list, 0), ==, "a");
  shoal_file_list_get (list, 0, &file);
  g_assert_cmpstr (file.path, ==, "a/one.bin");
  g_assert_cmpint (file.state, ==, SHOAL_LISTED_DONE);
  g_assert_cmpuint (file.done, ==, 300 * 1000);
  shoal_file_list_get (list, 1, &file);
  g_assert_cmpstr (file.path, ==, "b.bin");
  g_assert_cmpint (file.state, ==, SHOAL_LISTED_SKIPPED);
  g_assert_cmpuint (file.bytes, ==, MIB);
  g_assert_cmpuint (file.done, ==, 0);
  shoal_file_list_get (list, 2, &file);
  g_assert_cmpstr (file.path, ==, "c.bin");
  g_assert_cmpint (file.state, ==, SHOAL_LISTED_DONE);
}

/* What is over is listed as it was after restarts, until it is taken off. */
static void
test_survives (void)
{
  const char *const chosen[] = { "a/", "c.bin", NULL };
  g_autofree char *going = NULL;
  g_autofree char *coming = NULL;
  gint64 now = g_get_real_time ();

  set_up ();
  write_file ("a/one.bin", 300 * 1000);
  write_file ("b.bin", MIB);
  write_file ("c.bin", 70 * 1000);
  going = send_folder ();
  {
    g_autoptr (ShoalFileList) offered = list_files (&receiver, last_offer ());
    ShoalListedFile file;

    g_assert_cmpuint (shoal_file_list_get_n_files (offered), ==, 3);
    shoal_file_list_get (offered, 1, &file);
    g_assert_cmpint (file.state, ==, SHOAL_LISTED_OFFERED);
    g_assert_cmpuint (file.bytes, ==, MIB);
  }
  coming = accept_offer (chosen);
  assert_becomes (&sender, going, SHOAL_TRANSFER_DONE, 370 * 1000);
  assert_becomes (&receiver, coming, SHOAL_TRANSFER_DONE, 370 * 1000);
  check_over (&receiver, coming, now);
  check_files (&receiver, coming);
  restart (&sender);
  restart (&receiver);
  check_over (&sender, going, now);
  check_over (&receiver, coming, now);
  check_files (&receiver, coming);
  check_files (&receiver, coming); /* from what was read last */

  g_assert_true (shoal_engine_remove_transfer (receiver.engine, coming, NULL));
  g_assert_false (shoal_engine_remove_transfer (receiver.engine, coming, NULL));
  g_assert_cmpuint (receiver.gone->len, ==, 1);
  g_assert_cmpuint (count_transfers (&receiver), ==, 0);
  g_assert_true (has_arrived ("a/one.bin"));
  restart (&receiver);
  g_assert_cmpuint (count_transfers (&receiver), ==, 0);
  shoal_engine_clear_finished (sender.engine);
  g_assert_cmpuint (count_transfers (&sender), ==, 0);
  restart (&sender);
  g_assert_cmpuint (count_transfers (&sender), ==, 0);
  tear_down ();
}

/* Latest first, and what ended badly says why, later as well. */
static void
test_order (void)
{
  g_autofree char *device = NULL;
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;

  set_up ();
  write_file ("one.bin", 5);
  device = find_receiver ();
  first = send_to (device, NULL);
  await_offer (0);
  g_assert_true (shoal_engine_decline (receiver.engine, last_offer (), NULL, NULL));
  assert_becomes (&sender, first, SHOAL_TRANSFER_DECLINED, 0);
  second = send_to (device, "hi");
  await_offer (1);
  g_assert_true (shoal_engine_cancel (sender.engine, second, NULL));
  assert_becomes (&sender, second, SHOAL_TRANSFER_FAILED, 0);
  restart (&sender);
  {
    g_autoptr (GPtrArray) transfers = shoal_engine_get_transfers (sender.engine);
    ShoalTransferInfo *latest = g_ptr_array_index (transfers, 0);
    ShoalTransferInfo *before = g_ptr_array_index (transfers, 1);

    g_assert_cmpuint (transfers->len, ==, 2);
    g_assert_cmpstr (latest->id, ==, second);
    g_assert_cmpint (latest->offer_state, ==, SHOAL_OFFER_WITHDRAWN);
    g_assert_error (latest->error, SHOAL_ERROR, (int) SHOAL_ERROR_CANCELLED);
    g_assert_cmpint (shoal_error_get_side (latest->error), ==, SHOAL_SIDE_HERE);
    g_assert_cmpstr (latest->text, ==, "hi");
    g_assert_cmpstr (before->id, ==, first);
    g_assert_cmpint (before->phase, ==, SHOAL_TRANSFER_DECLINED);
    g_assert_cmpint (before->offer_state, ==, SHOAL_OFFER_DECLINED);
    g_assert_error (before->error, SHOAL_ERROR, (int) SHOAL_ERROR_DECLINED);
    g_assert_cmpint (shoal_error_get_side (before->error), ==, SHOAL_SIDE_THERE);
  }
  tear_down ();
}

/* An answer outlives its place in the list. */
static void
test_answer_stays (void)
{
  g_autofree char *going = NULL;

  set_up ();
  sender.receive = TRUE;
  write_file ("one.bin", 5);
  going = send_folder ();
  sender.listen_port = sender.port;
  device_stop (&sender);
  g_assert_true (shoal_engine_decline (receiver.engine, last_offer (), NULL, NULL));
  shoal_engine_clear_finished (receiver.engine);
  g_assert_cmpuint (count_transfers (&receiver), ==, 0);
  receiver.listen_port = receiver.port;
  restart (&receiver);
  device_start (&sender);
  assert_becomes (&sender, going, SHOAL_TRANSFER_DECLINED, 0);
  g_assert_cmpuint (receiver.offers->len, ==, 1);
  tear_down ();
}

/* --- Trying again ---------------------------------------------------------- */

/* @directory: (nullable): somewhere else. */
static char *
retry_into (Device *device, const char *id, const char *directory)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  char *now;

  shoal_engine_retry_async (device->engine, id, directory, on_answer, &result);
  g_assert_true (spin_until (has_result, &result));
  now = shoal_engine_retry_finish (device->engine, result, &error);
  g_assert_no_error (error);
  return now;
}

static char *
retry (Device *device, const char *id)
{
  return retry_into (device, id, NULL);
}

/* A download that failed goes on under its ID, whoever has restarted. */
static void
test_retry_get (gconstpointer data)
{
  gboolean restarted = GPOINTER_TO_INT (data);
  g_autofree char *going = NULL;
  g_autofree char *coming = NULL;
  g_autofree char *again = NULL;
  g_autofree char *blocked = NULL;
  g_autofree char *beneath = NULL;

  set_up ();
  sender.receive = receiver.receive = TRUE;
  write_file ("one.bin", 300 * 1000);
  blocked = g_build_filename (receiver.folder, "blocked", NULL);
  beneath = g_build_filename (blocked, "deeper", NULL);
  g_assert_true (g_file_set_contents (blocked, "", 0, NULL));
  going = send_folder ();
  coming = shoal_engine_accept (receiver.engine, last_offer (), beneath, NULL, NULL);
  assert_becomes (&receiver, coming, SHOAL_TRANSFER_FAILED, 0);
  assert_becomes (&sender, going, SHOAL_TRANSFER_FAILED, 0);
  if (restarted)
    {
      receiver.listen_port = receiver.port;
      restart (&receiver);
      restart (&sender);
      g_free (find_receiver ());
    }
  g_assert_cmpint (g_unlink (blocked), ==, 0);
  again = retry (&receiver, coming);
  g_assert_cmpstr (again, ==, coming);
  assert_becomes (&receiver, coming, SHOAL_TRANSFER_DONE, 300 * 1000);
  assert_becomes (&sender, going, SHOAL_TRANSFER_DONE, 300 * 1000);
  g_assert_cmpuint (count_transfers (&receiver), ==, 1);
  tear_down ();
}

/* Of what could not begin to come where it was to go, another folder takes it; and the
 * folder is kept. */
static void
test_retry_elsewhere (void)
{
  g_autofree char *coming = NULL;
  g_autofree char *again = NULL;
  g_autofree char *blocked = NULL;
  g_autofree char *beneath = NULL;
  g_autofree char *other = NULL;
  g_autofree char *device = NULL;

  set_up ();
  sender.receive = receiver.receive = TRUE;
  write_file ("one.bin", 300 * 1000);
  blocked = g_build_filename (receiver.folder, "blocked", NULL);
  beneath = g_build_filename (blocked, "deeper", NULL);
  other = g_build_filename (receiver.folder, "other", NULL);
  g_assert_true (g_file_set_contents (blocked, "", 0, NULL));
  g_free (send_folder ());
  coming = shoal_engine_accept (receiver.engine, last_offer (), beneath, NULL, NULL);
  assert_becomes (&receiver, coming, SHOAL_TRANSFER_FAILED, 0);

  again = retry_into (&receiver, coming, other);
  g_assert_cmpstr (again, ==, coming);
  assert_becomes (&receiver, coming, SHOAL_TRANSFER_DONE, 300 * 1000);
  restart (&receiver);
  {
    g_autoptr (ShoalTransferInfo) info = look (&receiver, coming);

    g_assert_cmpstr (info->directory, ==, other);
  }
  tear_down ();
}

/* A send is offered anew. */
static void
test_retry_send (gconstpointer data)
{
  const char *text = data;
  g_autofree char *device = NULL;
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  g_autofree char *coming = NULL;

  set_up ();
  write_file ("one.bin", 300 * 1000);
  device = find_receiver ();
  first = send_to (device, text);
  await_offer (0);
  g_assert_true (shoal_engine_decline (receiver.engine, last_offer (), NULL, NULL));
  assert_becomes (&sender, first, SHOAL_TRANSFER_DECLINED, 0);
  restart (&sender);
  g_free (find_receiver ());
  second = retry (&sender, first);
  g_assert_cmpstr (first, !=, second);
  g_assert_cmpuint (count_transfers (&sender), ==, 1);
  await_offer (1);
  coming = accept_offer (NULL);
  assert_becomes (&receiver, coming, SHOAL_TRANSFER_DONE, 0);
  assert_becomes (&sender, second, SHOAL_TRANSFER_DONE, 0);
  tear_down ();
}

/* --- The queue ------------------------------------------------------------- */

static char *
offer_and_accept (const char *device, const char *name, guint number)
{
  g_autofree char *path = g_build_filename (source, name, NULL);

  g_free (send_path (device, path));
  await_offer (number);
  return accept_offer (NULL);
}

/* One that stands still once it runs; @going: the sender's transfer. */
static char *
offer_and_hold (const char *device, const char *name, char **going)
{
  g_autofree char *path = g_build_filename (source, name, NULL);
  char *coming;

  *going = send_path (device, path);
  await_offer (0);
  coming = accept_offer (NULL);
  assert_becomes (&receiver, coming, SHOAL_TRANSFER_RUNNING, 0);
  g_assert_true (shoal_engine_pause (sender.engine, *going, NULL));
  return coming;
}

static guint
count_phase (ShoalTransferPhase phase)
{
  g_autoptr (GPtrArray) transfers = shoal_engine_get_transfers (receiver.engine);
  guint n = 0;

  for (guint i = 0; i < transfers->len; i++)
    n += ((ShoalTransferInfo *) transfers->pdata[i])->phase == phase;
  return n;
}

static gint64
end_of (const char *id)
{
  g_autoptr (ShoalTransferInfo) info = look (&receiver, id);

  return info->finished_at;
}

static void
test_queue (void)
{
  g_autofree char *device = NULL;
  g_autofree char *one = NULL;
  g_autofree char *two = NULL;
  g_autofree char *three = NULL;
  g_autofree char *first = NULL;
  g_autoptr (GError) error = NULL;

  set_up ();
  write_file ("one.bin", LARGE);
  write_file ("two.bin", 2 * MIB);
  write_file ("three.bin", MIB);
  device = find_receiver ();
  shoal_engine_set_max_running (receiver.engine, 1);
  one = offer_and_hold (device, "one.bin", &first);
  two = offer_and_accept (device, "two.bin", 1);
  three = offer_and_accept (device, "three.bin", 2);
  g_assert_cmpuint (count_phase (SHOAL_TRANSFER_QUEUED), ==, 2);
  g_assert_false (shoal_engine_move_transfer (receiver.engine, three, "no such", &error));
  g_assert_error (error, SHOAL_ERROR, (int) SHOAL_ERROR_NOT_FOUND);
  g_assert_true (shoal_engine_move_transfer (receiver.engine, three, two, NULL));
  {
    g_autoptr (GPtrArray) transfers = shoal_engine_get_transfers (receiver.engine);

    g_assert_cmpstr (((ShoalTransferInfo *) transfers->pdata[1])->id, ==, three);
    g_assert_cmpstr (((ShoalTransferInfo *) transfers->pdata[2])->id, ==, two);
  }
  g_assert_true (shoal_engine_resume (sender.engine, first, NULL));
  assert_becomes (&receiver, two, SHOAL_TRANSFER_DONE, 2 * MIB);
  g_assert_cmpint (end_of (one), <=, end_of (three));
  g_assert_cmpint (end_of (three), <=, end_of (two));
  tear_down ();
}

/* How many may run is kept, and what waits for its turn as well. */
static void
test_queue_restarts (void)
{
  g_autofree char *device = NULL;
  g_autofree char *one = NULL;
  g_autofree char *two = NULL;
  g_autofree char *first = NULL;

  set_up ();
  sender.receive = receiver.receive = TRUE;
  write_file ("one.bin", LARGE);
  write_file ("two.bin", MIB);
  device = find_receiver ();
  shoal_engine_set_max_running (receiver.engine, 1);
  one = offer_and_hold (device, "one.bin", &first);
  two = offer_and_accept (device, "two.bin", 1);
  receiver.listen_port = receiver.port;
  restart (&receiver);
  g_assert_cmpuint (shoal_engine_get_max_running (receiver.engine), ==, 1);
  /* The person wants the second one now. */
  g_assert_true (shoal_engine_pause (receiver.engine, one, NULL));
  assert_becomes (&receiver, two, SHOAL_TRANSFER_DONE, MIB);
  g_assert_true (shoal_engine_resume (receiver.engine, one, NULL));
  g_assert_true (shoal_engine_resume (sender.engine, first, NULL));
  assert_becomes (&receiver, one, SHOAL_TRANSFER_DONE, LARGE);
  tear_down ();
}

/* --- Several receivers ----------------------------------------------------- */

static Device other;

static char **
send_to_both (void)
{
  g_autofree char *first = find_receiver ();
  g_autofree char *second = connect_to (&sender, &other);
  const char *paths[] = { source, NULL };
  const char *devices[] = { first, second, NULL };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  char **ids;

  shoal_engine_send_async (sender.engine, paths, NULL, devices, NULL, on_answer, &result);
  g_assert_true (spin_until (has_result, &result));
  ids = shoal_engine_send_finish (sender.engine, result, &error);
  g_assert_no_error (error);
  return ids;
}

static gboolean
both_have_offers (gconstpointer data)
{
  return receiver.offers->len > 0 && other.offers->len > 0;
}

/* One receiver is paused: the other goes on, and neither passes on to it. */
static void
test_pause_one (void)
{
  g_auto (GStrv) going = NULL;
  g_autofree char *coming = NULL;
  g_autofree char *to_other = NULL;
  uint64_t bytes;

  set_up ();
  device_init (&other);
  /* Who does not pass on is not given to by others either. */
  shoal_engine_set_acceptance (receiver.engine, SHOAL_ACCEPT_ASK, receiver.folder, FALSE);
  shoal_engine_set_acceptance (other.engine, SHOAL_ACCEPT_ASK, other.folder, FALSE);
  write_file ("large.bin", 2 * LARGE);
  going = send_to_both ();
  g_assert_true (spin_until (both_have_offers, NULL));
  coming = accept_offer (NULL);
  assert_becomes (&receiver, coming, SHOAL_TRANSFER_RUNNING, MIB);
  g_assert_true (shoal_engine_pause (sender.engine, going[0], NULL));
  to_other = shoal_engine_accept (other.engine, other.offers->pdata[0], NULL, NULL, NULL);
  g_assert_nonnull (to_other);
  assert_becomes (&sender, going[0], SHOAL_TRANSFER_PAUSED, 0);
  assert_becomes (&other, to_other, SHOAL_TRANSFER_DONE, 2 * LARGE);
  assert_becomes (&sender, going[1], SHOAL_TRANSFER_DONE, 2 * LARGE);
  bytes = bytes_of (&receiver, coming);
  g_assert_cmpuint (bytes, <, 2 * LARGE);
  g_assert_true (shoal_engine_resume (sender.engine, going[0], NULL));
  assert_becomes (&receiver, coming, SHOAL_TRANSFER_DONE, 2 * LARGE);
  device_clear (&other);
  tear_down ();
}

static gboolean
can_pass_on (gconstpointer id)
{
  g_autoptr (ShoalTransferInfo) info = look (&receiver, id);

  return info->can_pass_on && info->passing_on;
}

/* The switch goes both ways. */
static void
test_passing_on (void)
{
  g_auto (GStrv) going = NULL;
  g_autofree char *coming = NULL;
  g_autofree char *to_other = NULL;

  set_up ();
  device_init (&other);
  write_file ("large.bin", 2 * LARGE);
  going = send_to_both ();
  g_assert_true (spin_until (both_have_offers, NULL));
  coming = accept_offer (NULL);
  to_other = shoal_engine_accept (other.engine, other.offers->pdata[0], NULL, NULL, NULL);
  g_assert_true (spin_until (can_pass_on, coming));
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (ShoalTransferInfo) off = NULL;
      g_autoptr (ShoalTransferInfo) on = NULL;

      g_assert_true (shoal_engine_set_passing_on (receiver.engine, coming, FALSE, NULL));
      off = look (&receiver, coming);
      g_assert_false (off->passing_on || off->may_pass_on);
      g_assert_true (off->can_pass_on);
      g_assert_true (shoal_engine_set_passing_on (receiver.engine, coming, TRUE, NULL));
      on = look (&receiver, coming);
      g_assert_true (on->passing_on && on->may_pass_on);
    }
  assert_becomes (&receiver, coming, SHOAL_TRANSFER_DONE, 2 * LARGE);
  assert_becomes (&other, to_other, SHOAL_TRANSFER_DONE, 2 * LARGE);
  assert_becomes (&sender, going[0], SHOAL_TRANSFER_DONE, 2 * LARGE);
  device_clear (&other);
  tear_down ();
}

int
main (int argc, char *argv[])
{
  int status;

  g_test_init (&argc, &argv, NULL);
  runtime = shoal_main_runtime_new (NULL);
#define ADD(path, func) g_test_add_func ("/engine/history/" path, func)
#define ADD_DATA(path, data, func) g_test_add_data_func ("/engine/history/" path, data, func)
  ADD ("survives", test_survives);
  ADD ("order", test_order);
  ADD ("answer-stays", test_answer_stays);
  ADD_DATA ("retry-get", GINT_TO_POINTER (FALSE), test_retry_get);
  ADD_DATA ("retry-get-later", GINT_TO_POINTER (TRUE), test_retry_get);
  ADD ("retry-elsewhere", test_retry_elsewhere);
  ADD_DATA ("retry-send", NULL, test_retry_send);
  ADD_DATA ("retry-text", "hi", test_retry_send);
  ADD ("queue", test_queue);
  ADD ("queue-restarts", test_queue_restarts);
  ADD ("pause-one", test_pause_one);
  ADD ("passing-on", test_passing_on);
  status = g_test_run ();
  shoal_main_runtime_drain (runtime);
  g_object_unref (runtime);
  return status;
}
