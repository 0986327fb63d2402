/* ui-fixture.c: programs of a test: ours with its window, and other people's.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "ui-fixture.h"

#include "shoal-application.h"
#include "shoal-commands.h"

#include <glib/gstdio.h>
#include <locale.h>

/* Generous: the machine may do other things. By hand one waits less. */
#define PATIENCE_S 60

/* Where a picture is taken when waiting fails. */
static UiFixture *current;

/* --- Waiting ----------------------------------------------------------------- */

gint64
ui_get_deadline (void)
{
  const char *told = g_getenv ("SHOAL_UI_PATIENCE");

  return g_get_monotonic_time () + (told != NULL ? atoi (told) : PATIENCE_S) * G_USEC_PER_SEC;
}

static gboolean
on_tick (gpointer user_data)
{
  *(guint *) user_data = 0;
  return G_SOURCE_REMOVE;
}

void
ui_iterate (gint64 deadline, const char *where, const char *condition)
{
  guint tick;

  if (g_get_monotonic_time () > deadline)
    {
      if (current != NULL && current->window != NULL)
        ui_picture (current, NULL, "waited-in-vain");
      g_error ("%s: waited in vain for %s", where, condition);
    }
  /* Conditions of other threads' doing wake nobody. */
  tick = g_timeout_add (20, on_tick, &tick);
  g_main_context_iteration (NULL, TRUE);
  if (tick != 0)
    g_source_remove (tick);
}

static void
on_after_paint (GdkFrameClock *clock, gpointer user_data)
{
  ++*(guint *) user_data;
}

void
ui_settle (UiFixture *ui)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (GTK_WIDGET (ui->window));
  guint frames = 0;
  gulong handler;

  handler = g_signal_connect (clock, "after-paint", G_CALLBACK (on_after_paint), &frames);
  /* Layouts of one frame ask for changes in the next. */
  for (guint wanted = 1; wanted <= 3; wanted++)
    {
      gtk_widget_queue_draw (GTK_WIDGET (ui->window));
      ui_wait_for (frames >= wanted);
    }
  g_signal_handler_disconnect (clock, handler);
}

/* --- Devices ----------------------------------------------------------------- */

static void
on_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

/* What the page of the first run would set, and where accepted offers go. */
static void
settle_in (UiPerson *self)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  shoal_model_set_name_async (self->model, self->name, on_done, &result);
  ui_wait_for (result != NULL);
  shoal_model_set_name_finish (self->model, result, &error);
  g_assert_no_error (error);
}

static gboolean
is_open (UiPerson *self)
{
  ShoalModelState state = shoal_model_get_state (self->model);

  g_assert_no_error (shoal_model_get_error (self->model));
  return state == SHOAL_MODEL_WELCOME || state == SHOAL_MODEL_RUNNING;
}

static ShoalEngineOptions
options_of (UiPerson *self)
{
  return (ShoalEngineOptions){
    .state_dir = self->folder,
    .listen_address = "127.0.0.1",
    .listen_port = self->port,
    .no_discovery = TRUE,
    .visibility = -1,
    .receive = TRUE,
  };
}

/* Opens the state, and stops before anything is announced if it is new. */
static void
person_open (UiPerson *self)
{
  ShoalEngineOptions options = options_of (self);

  self->model = shoal_model_new (&options);
  ui_wait_for (is_open (self));
}

static void
person_begin (UiPerson *self)
{
  const char *where;

  if (!g_str_equal (shoal_model_get_name (self->model), self->name))
    settle_in (self);
  if (shoal_model_get_state (self->model) == SHOAL_MODEL_WELCOME)
    shoal_model_begin (self->model);
  ui_wait_for (shoal_model_get_state (self->model) == SHOAL_MODEL_RUNNING);
  ui_wait_for (shoal_model_get_listening (self->model)[0] != NULL);
  where = shoal_model_get_listening (self->model)[0];
  self->port = atoi (strrchr (where, ':') + 1);
  shoal_model_set_acceptance (self->model, SHOAL_ACCEPT_ASK, self->downloads, TRUE);
}

static void
person_end (UiPerson *self)
{
  gpointer weak = self->model;

  if (self->model == NULL)
    return;
  shoal_model_stop (self->model);
  ui_wait_for (shoal_model_get_state (self->model) == SHOAL_MODEL_STOPPED);
  g_object_add_weak_pointer (G_OBJECT (self->model), &weak);
  g_clear_object (&self->model);
  /* An idle source or a finished task may hold it a little longer. */
  ui_wait_for (weak == NULL);
}

static UiPerson *
person_new (UiFixture *ui, const char *name)
{
  UiPerson *self = g_new0 (UiPerson, 1);
  g_autofree char *home = g_build_filename (ui->folder, name, NULL);

  /* Several may bear one name. */
  for (guint i = 2; g_file_test (home, G_FILE_TEST_EXISTS); i++)
    {
      g_free (home);
      home = g_strdup_printf ("%s/%s-%u", ui->folder, name, i);
    }
  self->name = g_strdup (name);
  self->folder = g_build_filename (home, "state", NULL);
  self->downloads = g_build_filename (home, "Downloads", NULL);
  g_assert_cmpint (g_mkdir_with_parents (self->folder, 0700), ==, 0);
  g_assert_cmpint (g_mkdir_with_parents (self->downloads, 0700), ==, 0);
  return self;
}

static void
person_free (UiPerson *self)
{
  person_end (self);
  g_free (self->name);
  g_free (self->folder);
  g_free (self->downloads);
  g_free (self);
}

/* --- People ------------------------------------------------------------------ */

ShoalDeviceItem *
ui_item (UiFixture *ui, UiPerson *person)
{
  return shoal_model_find_device (ui->me->model, shoal_model_get_id (person->model));
}

ShoalDeviceItem *
ui_me_item (UiFixture *ui, UiPerson *person)
{
  return shoal_model_find_device (person->model, shoal_model_get_id (ui->me->model));
}

static gboolean
is_near (ShoalDeviceItem *item)
{
  return item != NULL && shoal_device_item_get_info (item)->reach >= SHOAL_REACH_LOCAL;
}

void
ui_connect (UiFixture *ui, UiPerson *person)
{
  g_autofree char *address = g_strdup_printf ("127.0.0.1:%d", person->port);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (ShoalDeviceInfo) found = NULL;

  shoal_model_find_async (ui->me->model, address, PATIENCE_S * G_USEC_PER_SEC, NULL, on_done,
                          &result);
  ui_wait_for (result != NULL);
  found = shoal_model_find_finish (ui->me->model, result, &error);
  g_assert_no_error (error);
  ui_wait_for (is_near (ui_item (ui, person)) && is_near (ui_me_item (ui, person)));
}

UiPerson *
ui_person (UiFixture *ui, const char *name)
{
  UiPerson *self = person_new (ui, name);

  g_ptr_array_add (ui->people, self);
  person_open (self);
  person_begin (self);
  return self;
}

UiPerson *
ui_meet (UiFixture *ui, const char *name)
{
  UiPerson *self = ui_person (ui, name);

  ui_connect (ui, self);
  return self;
}

static gboolean
are_friends (ShoalDeviceItem *item)
{
  return item != NULL && shoal_device_item_get_info (item)->is_mutual;
}

void
ui_befriend (UiFixture *ui, UiPerson *person)
{
  shoal_model_add_friend (ui->me->model, shoal_model_get_id (person->model));
  shoal_model_add_friend (person->model, shoal_model_get_id (ui->me->model));
  ui_wait_for (are_friends (ui_item (ui, person)) && are_friends (ui_me_item (ui, person)));
}

void
ui_go (UiFixture *ui, UiPerson *person)
{
  person_end (person);
}

void
ui_come (UiFixture *ui, UiPerson *person)
{
  person_open (person);
  person_begin (person);
}

static void
on_offer (ShoalModel *model, ShoalOfferItem *item, gpointer user_data)
{
  *(ShoalOfferItem **) user_data = item;
}

static ShoalOfferItem *
offered (UiFixture *ui, UiPerson *person, const char *const *paths, const char *text)
{
  const char *const me[] = { shoal_model_get_id (ui->me->model), NULL };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) transfers = NULL;
  ShoalOfferItem *item = NULL; /* the model holds it */
  gulong handler;

  handler = g_signal_connect (ui->me->model, "offer-arrived", G_CALLBACK (on_offer), &item);
  shoal_model_send_async (person->model, paths, text, me, on_done, &result);
  ui_wait_for (result != NULL);
  transfers = shoal_model_send_finish (person->model, result, &error);
  g_assert_no_error (error);
  ui_wait_for (item != NULL);
  g_signal_handler_disconnect (ui->me->model, handler);
  return item;
}

ShoalOfferItem *
ui_offer_file (UiFixture *ui, UiPerson *person, const char *name, gsize size)
{
  g_autofree char *within = g_build_filename (person->name, "Documents", name, NULL);
  g_autofree char *path = ui_make_file (ui, within, size);
  const char *const paths[] = { path, NULL };

  return offered (ui, person, paths, NULL);
}

ShoalOfferItem *
ui_offer_folder (UiFixture *ui, UiPerson *person, const char *name, guint n_files)
{
  g_autofree char *folder = g_build_filename (ui->folder, person->name, "Documents", name, NULL);
  const char *const paths[] = { folder, NULL };

  for (guint i = 0; i < n_files; i++)
    {
      g_autofree char *file = g_strdup_printf ("Photo %03u.jpg", i + 1);
      g_autofree char *within = g_build_filename (person->name, "Documents", name, file, NULL);
      g_autofree char *path = ui_make_file (ui, within, 20000);
    }
  return offered (ui, person, paths, NULL);
}

ShoalOfferItem *
ui_offer_text (UiFixture *ui, UiPerson *person, const char *text)
{
  return offered (ui, person, NULL, text);
}

void
ui_accept_there (UiPerson *person)
{
  GListModel *offers = shoal_model_get_offers (person->model);
  g_autoptr (ShoalOfferItem) item = NULL;

  ui_wait_for (g_list_model_get_n_items (offers) > 0);
  item = g_list_model_get_item (offers, 0);
  shoal_model_accept (person->model, shoal_offer_item_get_id (item), NULL, NULL);
}

/* --- Files ------------------------------------------------------------------- */

char *
ui_make_file (UiFixture *ui, const char *name, gsize size)
{
  g_autofree char *path = g_build_filename (ui->folder, name, NULL);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *bytes = g_malloc (size + 1);
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < size; i++)
    bytes[i] = (char) g_random_int ();
  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_file_set_contents (path, bytes, (gssize) size, &error);
  g_assert_no_error (error);
  return g_steal_pointer (&path);
}

gboolean
ui_same_files (const char *one, const char *other)
{
  g_autofree char *ours = NULL, *theirs = NULL;
  gsize our_size = 0, their_size = 0;

  return g_file_get_contents (one, &ours, &our_size, NULL)
         && g_file_get_contents (other, &theirs, &their_size, NULL)
         && our_size == their_size && memcmp (ours, theirs, our_size) == 0;
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      if (g_file_test (child, G_FILE_TEST_IS_DIR) && !g_file_test (child, G_FILE_TEST_IS_SYMLINK))
        remove_tree (child);
      else
        g_unlink (child);
    }
  g_rmdir (path);
}

/* --- The fixture ------------------------------------------------------------- */

/* Does what g_application_run() would do first, except that others of this name
 * may run: programs of tests do. */
static void
open_application (UiFixture *ui)
{
  ShoalEngineOptions options = options_of (ui->me);
  g_autoptr (GError) error = NULL;
  ShoalApplication *application = shoal_application_new (NULL, &options);

  ui->application = GTK_APPLICATION (application);
  ui->has_run = FALSE;
  g_application_register (G_APPLICATION (application), NULL, &error);
  g_assert_no_error (error);
  ui->me->model = g_object_ref (shoal_application_get_model (application));
}

static void
open_window (UiFixture *ui)
{
  g_application_activate (G_APPLICATION (ui->application));
  ui->window = SHOAL_MAIN_WINDOW (gtk_application_get_active_window (ui->application));
  g_object_add_weak_pointer (G_OBJECT (ui->window), (gpointer *) &ui->window);
  ui_wait_for (gtk_widget_get_mapped (GTK_WIDGET (ui->window)));
}

void
ui_run (UiFixture *ui, GSourceOnceFunc quit)
{
  char *arguments[] = { (char *) "shoal", (char *) "--background", NULL };

  g_idle_add_once (quit, ui->application);
  g_application_run (G_APPLICATION (ui->application), 2, arguments);
  ui->has_run = TRUE;
}

/* All but choosers of files, which linger, hidden, and end by themselves (shoal-chooser.c). */
static void
close_windows (void)
{
  GListModel *windows = gtk_window_get_toplevels ();

  for (guint i = 0; i < g_list_model_get_n_items (windows);)
    {
      g_autoptr (GtkWindow) window = g_list_model_get_item (windows, i);

      if (!GTK_IS_FILE_CHOOSER_DIALOG (window))
        {
          gtk_window_destroy (window);
          i = 0;
          continue;
        }
      if (gtk_widget_get_visible (GTK_WIDGET (window)))
        gtk_dialog_response (GTK_DIALOG (window), GTK_RESPONSE_CANCEL);
      i++;
    }
}

/* Every window, and with the main one all it holds; then the engine. The bus is
 * left only at the end of g_application_run(). */
static void
close_application (UiFixture *ui)
{
  gpointer weak = ui->application;

  close_windows ();
  /* A window that outlives its end is a leak. */
  ui_wait_for (ui->window == NULL);
  shoal_model_stop (ui->me->model);
  ui_wait_for (shoal_model_get_state (ui->me->model) == SHOAL_MODEL_STOPPED);
  if (!ui->has_run)
    ui_run (ui, (GSourceOnceFunc) g_application_quit);
  person_end (ui->me);
  g_application_set_default (NULL);
  g_object_add_weak_pointer (G_OBJECT (ui->application), &weak);
  g_clear_object (&ui->application);
  ui_wait_for (weak == NULL);
}

/* What the window remembers is kept in memory, for all tests of a program. */
static void
forget_view (void)
{
  GSettingsSchemaSource *source = g_settings_schema_source_get_default ();
  g_autoptr (GSettingsSchema) schema
    = source != NULL ? g_settings_schema_source_lookup (source, SHOAL_APPLICATION_ID, TRUE) : NULL;
  g_autoptr (GSettings) settings = NULL;
  g_auto (GStrv) keys = NULL;

  if (schema == NULL)
    return;
  settings = g_settings_new_full (schema, NULL, NULL);
  keys = g_settings_schema_list_keys (schema);
  for (guint i = 0; keys[i] != NULL; i++)
    g_settings_reset (settings, keys[i]);
}

static void
set_up (UiFixture *ui, gboolean past_first_run)
{
  g_autoptr (GError) error = NULL;

  current = ui;
  forget_view ();
  ui_notifications_begin ();
  ui->folder = g_dir_make_tmp ("shoal-ui-XXXXXX", &error);
  g_assert_no_error (error);
  ui->people = g_ptr_array_new_with_free_func ((GDestroyNotify) person_free);
  ui->me = person_new (ui, "Me");
  open_application (ui);
  ui_wait_for (is_open (ui->me));
  if (past_first_run)
    person_begin (ui->me);
  open_window (ui);
}

static void
on_set_up (UiFixture *ui, gconstpointer data)
{
  set_up (ui, TRUE);
}

static void
on_set_up_first_run (UiFixture *ui, gconstpointer data)
{
  set_up (ui, FALSE);
}

static void
on_tear_down (UiFixture *ui, gconstpointer data)
{
  close_application (ui);
  g_ptr_array_unref (ui->people);
  person_free (ui->me);
  ui_notifications_clear ();
  remove_tree (ui->folder);
  g_free (ui->folder);
  current = NULL;
}

void
ui_quit (UiFixture *ui)
{
  close_application (ui);
}

void
ui_start (UiFixture *ui)
{
  open_application (ui);
  open_window (ui);
}

void
ui_restart (UiFixture *ui)
{
  close_application (ui);
  open_application (ui);
  ui_wait_for (is_open (ui->me));
  person_begin (ui->me);
  open_window (ui);
}

void
ui_init (int *argc, char ***argv)
{
  g_test_init (argc, argv, NULL);
  setlocale (LC_ALL, "");
  if (!gtk_init_check ())
    {
      g_print ("1..0 # SKIP no display\n");
      exit (0);
    }
  adw_init ();
}

static void
on_test (UiFixture *ui, gconstpointer data)
{
  ((UiTest) data) (ui);
}

void
ui_add (const char *path, UiTest test)
{
  g_test_add (path, UiFixture, test, on_set_up, on_test, on_tear_down);
}

void
ui_add_first_run (const char *path, UiTest test)
{
  g_test_add (path, UiFixture, test, on_set_up_first_run, on_test, on_tear_down);
}
