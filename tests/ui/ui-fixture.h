/* ui-fixture.h: the app in the test's own process, and other people beside it.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-main-window.h"

/* A test program is
 *
 *   static void
 *   test_something (UiFixture *ui)
 *   {
 *     UiPerson *anna = ui_meet (ui, "Anna");
 *     …
 *     ui_click (ui_get (ui->window, "accept_button"));
 *     ui_wait_for (ui_shows (ui->window, "Verified"));
 *   }
 *
 *   int
 *   main (int argc, char **argv)
 *   {
 *     ui_init (&argc, &argv);
 *     ui_add ("/people/something", test_something);
 *     return g_test_run ();
 *   }
 *
 * and is listed in tests/ui/meson.build, which runs it in a desktop of its own
 * (in-desktop.py): home, display, session bus, openbox. Each test has a new
 * application with an empty state, a window past the first run, and people that
 * it asks for: real engines on threads of their own, without discovery, on
 * 127.0.0.1. Any warning of GLib or GTK ends the program. Everything is called
 * on the main thread; what waits, iterates the main loop.
 *
 * By hand: tests/ui/in-desktop.py build/tests/ui/test-… -p /people; with
 * SHOAL_UI_DISPLAY=host one sees it happen, with SHOAL_UI_PICTURES=folder the
 * pictures that tests take are kept, and one of the window when waiting fails. */

/* A device: ours, or somebody's whose model the test can ask and command. */
typedef struct
{
  char       *name;      /* (owned) */
  char       *folder;    /* (owned): of its state */
  char       *downloads; /* (owned): where what is accepted goes */
  int         port;      /* where it listens on 127.0.0.1 */
  ShoalModel *model;     /* (owned) (nullable): NULL while away */
} UiPerson;

typedef struct
{
  char            *folder;      /* (owned): all files of the test */
  UiPerson        *me;          /* (owned): "Me" */
  GPtrArray       *people;      /* (owned) of UiPerson */
  GtkApplication  *application; /* (owned) */
  ShoalMainWindow *window;      /* (nullable): shown */
  gboolean         has_run;     /* g_application_run() has ended */
} UiFixture;

typedef void (*UiTest) (UiFixture *ui);

/* Ends the program with "skipped" where there is no display. */
void ui_init (int *argc, char ***argv);
void ui_add (const char *path, UiTest test);
/* Shows the page of the first run, which nobody has left yet. */
void ui_add_first_run (const char *path, UiTest test);

/* --- Waiting ----------------------------------------------------------------- */

/* Iterates the main loop until @condition holds; fails after a minute. */
#define ui_wait_for(condition)                                                        \
  G_STMT_START                                                                        \
  {                                                                                   \
    gint64 ui_deadline_ = ui_get_deadline ();                                         \
                                                                                      \
    while (!(condition))                                                              \
      ui_iterate (ui_deadline_, G_STRLOC, #condition);                                \
  }                                                                                   \
  G_STMT_END

gint64 ui_get_deadline (void);
void   ui_iterate      (gint64 deadline, const char *where, const char *condition);
/* Until what is changed is laid out and drawn. */
void   ui_settle       (UiFixture *ui);

/* --- People ------------------------------------------------------------------ */

/* Starts a device of that name that asks about offers, and connects us to it by
 * its address; both list each other then. Dropped with the fixture. */
UiPerson *ui_meet     (UiFixture *ui, const char *name);
/* Starts one that knows nobody. */
UiPerson *ui_person   (UiFixture *ui, const char *name);
/* Dials a person's address and waits until both list each other. */
void      ui_connect  (UiFixture *ui, UiPerson *person);
/* Both add each other; returns when both know. */
void      ui_befriend (UiFixture *ui, UiPerson *person);
/* The person's program ends, and is started again: same state, same port. */
void      ui_go       (UiFixture *ui, UiPerson *person);
void      ui_come     (UiFixture *ui, UiPerson *person);
/* Ends our own program and window, and starts both again. */
void      ui_restart  (UiFixture *ui);
/* The two halves of it; after the second the state may still be opening, or
 * have failed. */
void      ui_quit     (UiFixture *ui);
void      ui_start    (UiFixture *ui);
/* Runs the application until it quits, as @quit, called with it, should make it;
 * the last thing of a test. */
void      ui_run      (UiFixture *ui, GSourceOnceFunc quit);
/* The person in our model (NULL: not listed), and we in theirs. */
ShoalDeviceItem *ui_item    (UiFixture *ui, UiPerson *person);
ShoalDeviceItem *ui_me_item (UiFixture *ui, UiPerson *person);
/* The person offers us a file of that name and size, a folder of photos, or a
 * text; returns when it has come to our model. */
ShoalOfferItem  *ui_offer_file (UiFixture *ui, UiPerson *person, const char *name, gsize size);
ShoalOfferItem  *ui_offer_folder (UiFixture *ui, UiPerson *person, const char *name,
                                  guint n_files);
ShoalOfferItem  *ui_offer_text (UiFixture *ui, UiPerson *person, const char *text);
/* Waits for an offer to the person, and accepts it there. */
void             ui_accept_there (UiPerson *person);

/* --- Files ------------------------------------------------------------------- */

/* A new file of random bytes; @name may contain folders. (transfer full) */
char    *ui_make_file  (UiFixture *ui, const char *name, gsize size);
gboolean ui_same_files (const char *one, const char *other);

/* --- Finding widgets --------------------------------------------------------- */

/* @root: a widget, or NULL for all windows. Only what is mapped is found. By ID
 * in the .ui file, else by widget name; by type; by accessible label or, without
 * mnemonic, visible text. (nullable) */
GtkWidget *ui_find       (gpointer root, const char *id);
GtkWidget *ui_find_type  (gpointer root, GType type);
GtkWidget *ui_find_label (gpointer root, const char *label);
/* The nearest ancestor, or the widget itself, of that type. (nullable) */
GtkWidget *ui_above      (GtkWidget *widget, GType type);
/* Wait for it. */
GtkWidget *ui_get        (gpointer root, const char *id);
GtkWidget *ui_get_type   (gpointer root, GType type);
/* By the name of its type, which need not be registered yet. */
GtkWidget *ui_get_class  (gpointer root, const char *name);
GtkWidget *ui_get_label  (gpointer root, const char *label);
/* Whether a mapped label, button, row or entry has @text in its text. */
gboolean   ui_shows      (gpointer root, const char *text);
/* Whether @wanted is in @text; a space means one that does not break as well. */
gboolean   ui_text_has    (const char *text, const char *wanted);
/* The text of a label, button, entry or text view. (transfer full) (nullable) */
char      *ui_dup_text   (GtkWidget *widget);

/* --- Doing ------------------------------------------------------------------- */

/* A button, row, switch, check box, menu item…, which must be sensitive. */
void ui_click  (GtkWidget *widget);
/* "win.paste"; @parameter: floating or NULL. It must be there and enabled. */
void ui_action (gpointer widget, const char *name, GVariant *parameter);
/* Replaces the text of an entry or text view. */
void ui_type   (GtkWidget *widget, const char *text);
/* Real keys from the display, as xdotool writes them: "ctrl+v". */
void ui_key    (UiFixture *ui, const char *keys);
/* On the drop target of the widget or of an ancestor. FALSE: nobody took it. */
gboolean ui_drop_files (GtkWidget *widget, const char *const *paths);
gboolean ui_drop_text  (GtkWidget *widget, const char *text);
/* Answers a file chooser, once it is there; NULL cancels it. */
void ui_choose (const char *const *paths);
/* Answers an AdwMessageDialog, once it is there. */
void ui_answer (const char *response);

/* --- Pictures ---------------------------------------------------------------- */

/* The size of the window's content. */
void ui_resize  (UiFixture *ui, int width, int height);
/* Of the window (NULL: ours), as @name.png in SHOAL_UI_PICTURES, if set. */
void ui_picture (UiFixture *ui, GtkWidget *window, const char *name);

/* --- Notifications (ui-notifications.c) -------------------------------------- */

typedef struct
{
  guint  id;
  char  *title, *body;
  char **actions;      /* key, label, key, label, …, NULL */
  gboolean withdrawn;
} UiNotification;

/* The newest whose title or body contains @text, once it is there. */
UiNotification *ui_notification       (const char *text);
/* How many were sent since the test began. */
guint           ui_count_notifications (void);
/* Presses the button of that label, or, with NULL, the notification. */
void            ui_press_notification  (UiNotification *self, const char *label);
/* Whether these were the last words for screen readers; priorities are GTK's. */
gboolean        ui_has_announced       (const char *words, int priority);
/* For the fixture. */
void            ui_notifications_begin (void);
void            ui_notifications_clear (void);
