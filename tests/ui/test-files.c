/* test-files.c: a share of very many files, looked at from end to end.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * SHOAL_UI_FILES says how many (the benchmark takes 100,000). */

#include "config.h"

#include "ui-fixture.h"

#include "shoal-commands.h"
#include "shoal-files-view.h"
#include "shoal-share-row.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FEW 3000u
#define PER_FOLDER 1000u
#define FRAMES 400u
/* What a list may hold, however long it is. */
#define MAX_ROWS 300u

static void
on_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static guint
wanted_files (void)
{
  const char *number = g_getenv ("SHOAL_UI_FILES");

  return number != NULL ? (guint) atoi (number) : FEW;
}

static char *
make_files (UiFixture *ui, guint n)
{
  char *top = g_build_filename (ui->folder, "Many", NULL);

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *folder = g_strdup_printf ("%s/folder %03u", top, i / PER_FOLDER);
      g_autofree char *path = g_strdup_printf ("%s/picture %06u.jpg", folder, i);
      int fd;

      if (i % PER_FOLDER == 0)
        g_mkdir_with_parents (folder, 0700);
      fd = g_open (path, O_WRONLY | O_CREAT, 0600);
      g_assert_cmpint (fd, >=, 0);
      g_assert_cmpint (write (fd, &i, sizeof i), ==, sizeof i);
      close (fd);
    }
  return top;
}

static char *
share (UiFixture *ui, const char *path)
{
  const char *const paths[] = { path, NULL };
  ShoalSharePolicy policy = { 0 };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (ShoalShareInfo) info = NULL;

  shoal_model_share_async (ui->me->model, paths, &policy, NULL, NULL, NULL, on_done, &result);
  ui_wait_for (result != NULL);
  info = shoal_model_share_finish (ui->me->model, result, &error);
  g_assert_no_error (error);
  return g_strdup (info->id);
}

/* --- Frames ------------------------------------------------------------------ */

typedef struct
{
  GtkAdjustment *adjustment;
  GArray        *times;  /* of gint64: µs each frame took */
  gint64         began;
  guint          n;
  guint          rows;   /* at most */
} Scroll;

/* Since GTK 4.12 they have a type of their own. */
static guint
count_rows (GtkWidget *widget)
{
  const char *type = G_OBJECT_TYPE_NAME (widget);
  guint n = g_str_equal (type, "GtkListItemWidget")
            || g_str_equal (type, "GtkColumnViewRowWidget");

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    n += count_rows (child);
  return n;
}

static void
on_frame_begins (GdkFrameClock *clock, Scroll *scroll)
{
  scroll->began = g_get_monotonic_time ();
}

static void
on_frame_ends (GdkFrameClock *clock, Scroll *scroll)
{
  gint64 took = g_get_monotonic_time () - scroll->began;

  if (scroll->began != 0)
    g_array_append_val (scroll->times, took);
}

/* A step each frame, so that the whole is passed in FRAMES of them. */
static gboolean
on_tick (GtkWidget *widget, GdkFrameClock *clock, gpointer user_data)
{
  Scroll *scroll = user_data;
  double end = gtk_adjustment_get_upper (scroll->adjustment)
               - gtk_adjustment_get_page_size (scroll->adjustment);

  scroll->n++;
  gtk_adjustment_set_value (scroll->adjustment, end * scroll->n / FRAMES);
  if (scroll->n % 20 == 0)
    scroll->rows = MAX (scroll->rows, count_rows (widget));
  return scroll->n < FRAMES;
}

static int
compare (gconstpointer a, gconstpointer b)
{
  gint64 x = *(const gint64 *) a, y = *(const gint64 *) b;

  return x < y ? -1 : x > y;
}

/* Of /proc/self/status: "VmRSS:", all that is in memory, or "RssAnon:", without
 * what lies in files and is shared with other programs. */
static double
memory_mib (const char *field)
{
  g_autofree char *status = NULL;
  const char *line;

  g_assert_true (g_file_get_contents ("/proc/self/status", &status, NULL, NULL));
  line = strstr (status, field);
  g_assert_nonnull (line);
  return g_ascii_strtod (line + strlen (field), NULL) / 1024;
}

static void
report (Scroll *scroll, guint n)
{
  guint frames = scroll->times->len;
  gint64 *times = (gint64 *) (void *) scroll->times->data;

  g_array_sort (scroll->times, compare);
  g_test_message ("figures: files=%u frames=%u p50-ms=%.1f p95-ms=%.1f max-ms=%.1f rows=%u "
                  "own-mib=%.0f resident-mib=%.0f",
                  n, frames, times[frames / 2] / 1000.0, times[frames * 95 / 100] / 1000.0,
                  times[frames - 1] / 1000.0, scroll->rows, memory_mib ("RssAnon:"),
                  memory_mib ("VmRSS:"));
}

static void
test_scroll (UiFixture *ui)
{
  guint n = wanted_files ();
  g_autofree char *path = make_files (ui, n);
  g_autofree char *id = share (ui, path);
  Scroll scroll = { .times = g_array_new (FALSE, FALSE, sizeof (gint64)) };
  GtkWidget *view;
  GtkWidget *table;
  GdkFrameClock *clock;

  view = shoal_files_view_new (ui->me->model, id);
  shoal_window_push (SHOAL_WINDOW (ui->window), view, "Many");
  table = ui_get_type (view, GTK_TYPE_COLUMN_VIEW);
  ui_get_label (view, "picture 000000.jpg");
  ui_settle (ui);
  g_assert_cmpuint (g_list_model_get_n_items (
                      G_LIST_MODEL (gtk_column_view_get_model (GTK_COLUMN_VIEW (table)))), ==, n);

  scroll.adjustment = gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (table));
  clock = gtk_widget_get_frame_clock (table);
  g_signal_connect (clock, "before-paint", G_CALLBACK (on_frame_begins), &scroll);
  g_signal_connect (clock, "after-paint", G_CALLBACK (on_frame_ends), &scroll);
  gtk_widget_add_tick_callback (table, on_tick, &scroll, NULL);
  ui_wait_for (scroll.n >= FRAMES);
  ui_settle (ui);
  g_signal_handlers_disconnect_by_data (clock, &scroll);

  g_assert_cmpuint (scroll.rows, >, 5);
  g_assert_cmpuint (scroll.rows, <=, MAX_ROWS);
  report (&scroll, n);
  g_array_unref (scroll.times);
  ui_picture (ui, NULL, "files");
}

static void
test_search (UiFixture *ui)
{
  g_autofree char *path = make_files (ui, 2500);
  g_autofree char *id = share (ui, path);
  GtkWidget *view = shoal_files_view_new (ui->me->model, id);
  GtkWidget *table;
  GListModel *model;

  shoal_window_push (SHOAL_WINDOW (ui->window), view, "Many");
  table = ui_get_type (view, GTK_TYPE_COLUMN_VIEW);
  ui_get_label (view, "picture 000000.jpg");
  model = G_LIST_MODEL (gtk_column_view_get_model (GTK_COLUMN_VIEW (table)));
  ui_type (ui_get (view, "search_entry"), "PICTURE 00249");
  ui_wait_for (g_list_model_get_n_items (model) == 10);
  ui_type (ui_get (view, "search_entry"), "nothing like it");
  ui_get_label (view, "No Files Found");
  ui_type (ui_get (view, "search_entry"), "");
  ui_wait_for (g_list_model_get_n_items (model) == 2500);
}

int
main (int argc, char **argv)
{
  ui_init (&argc, &argv);
  ui_add ("/files/scroll", test_scroll);
  ui_add ("/files/search", test_search);
  return g_test_run ();
}
