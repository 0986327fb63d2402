/* test-transfer-looks.c: every state that a transfer or a share can be in, as it
 * is shown: made-up snapshots in real widgets, since most of them are rare.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "ui-fixture.h"

#include "shoal-error.h"
#include "shoal-transfer-details.h"
#include "shoal-transfer-row.h"
#include "shoal-transfer-words.h"
#include "shoal-transfers-page.h"

#define GB 1000000000ull
#define MB 1000000ull

static ShoalSourceInfo *
source (const char *name, uint64_t bytes, double rate, ShoalReach reach)
{
  ShoalSourceInfo *info = g_new0 (ShoalSourceInfo, 1);

  info->device = g_strdup_printf ("%s-ID", name);
  info->name = g_strdup (name);
  info->state = g_strdup ("active");
  info->bytes = bytes;
  info->rate = rate;
  info->reach = reach;
  return info;
}

static ShoalTransferInfo *
transfer (const char *id, ShoalTransferDirection direction, ShoalTransferPhase phase,
          const char *name, const char *device)
{
  ShoalTransferInfo *info = shoal_transfer_info_new ();

  info->id = g_strdup (id);
  info->direction = direction;
  info->phase = phase;
  info->name = g_strdup (name);
  info->device = g_strdup_printf ("%s-ID", device);
  info->device_name = g_strdup (device);
  info->total = 3400 * MB;
  info->files = 48;
  info->seconds_left = -1;
  info->created_at = info->started_at = g_get_real_time () - 60 * G_USEC_PER_SEC;
  info->is_online = TRUE;
  info->position = (guint) atoi (id);
  if (shoal_transfer_words_is_over (info))
    info->finished_at = g_get_real_time () - info->position * G_USEC_PER_SEC;
  return info;
}

static void
show (UiFixture *ui, ShoalTransferInfo *info)
{
  g_autoptr (ShoalTransferItem) item = shoal_transfer_item_new (info);

  g_list_store_append (G_LIST_STORE (shoal_model_get_transfers (ui->me->model)), item);
  shoal_transfer_info_unref (info);
}

static void
show_running (UiFixture *ui)
{
  ShoalTransferInfo *info
    = transfer ("1", SHOAL_TRANSFER_GET, SHOAL_TRANSFER_RUNNING, "Holiday in Norway", "Anna");

  info->bytes = 1200 * MB;
  info->rate = 85.4 * MB;
  info->seconds_left = 11.5;
  info->can_pass_on = info->may_pass_on = info->passing_on = TRUE;
  info->sources = g_new0 (ShoalSourceInfo *, 4);
  info->sources[0] = source ("Kai", 300 * MB, 20 * MB, SHOAL_REACH_DIRECT);
  info->sources[1] = source ("Anna", 800 * MB, 60 * MB, SHOAL_REACH_LOCAL);
  info->sources[2] = source ("Jo", 100 * MB, 5 * MB, SHOAL_REACH_RELAYED);
  info->receivers = g_new0 (ShoalSourceInfo *, 3);
  info->receivers[0] = source ("Rosa", 200 * MB, 9 * MB, SHOAL_REACH_LOCAL);
  info->receivers[1] = source ("Ben", 100 * MB, 3 * MB, SHOAL_REACH_LOCAL);
  info->directory = g_strdup ("/home/me/Downloads");
  info->link = g_strdup ("magnet:?xt=urn:btmh:1220"
                         "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
                         "&dn=Holiday+in+Norway");
  show (ui, info);
}

static void
show_active (UiFixture *ui)
{
  ShoalTransferInfo *info;

  show_running (ui);
  info = transfer ("2", SHOAL_TRANSFER_SEND, SHOAL_TRANSFER_WAITING, "Slides.odp", "Kai");
  info->files = 1;
  info->total = 4200 * 1000;
  info->code = g_strdup ("482 913");
  info->offer_state = SHOAL_OFFER_UNANSWERED;
  show (ui, info);

  info = transfer ("3", SHOAL_TRANSFER_SEND, SHOAL_TRANSFER_CONNECTING, "For Rosa", "Rosa");
  info->is_online = FALSE;
  info->offer_state = SHOAL_OFFER_QUEUED;
  show (ui, info);

  info = transfer ("4", SHOAL_TRANSFER_GET, SHOAL_TRANSFER_PAUSED, "Film.mkv", "Anna");
  info->files = 1;
  info->bytes = 700 * MB;
  info->error = shoal_error_new (SHOAL_ERROR_DISK_FULL, SHOAL_SIDE_HERE, NULL, "full");
  show (ui, info);

  info = transfer ("5", SHOAL_TRANSFER_GET, SHOAL_TRANSFER_QUEUED, "Music", "Jo");
  show (ui, info);
}

static void
show_over (UiFixture *ui)
{
  ShoalTransferInfo *info
    = transfer ("11", SHOAL_TRANSFER_GET, SHOAL_TRANSFER_DONE, "Report with a long name that "
                "does not fit anywhere, certainly not on a telephone.pdf", "Anna");

  info->files = 1;
  info->verified = TRUE;
  info->bytes = info->total = 2 * MB;
  info->directory = g_strdup ("/tmp");
  show (ui, info);

  info = transfer ("12", SHOAL_TRANSFER_SEND, SHOAL_TRANSFER_DONE, "Pictures", "Kai");
  info->verified = TRUE;
  info->bytes = info->total;
  show (ui, info);

  info = transfer ("13", SHOAL_TRANSFER_SEND, SHOAL_TRANSFER_DECLINED, "Brochure.pdf", "Rosa");
  info->files = 1;
  info->can_retry = TRUE;
  info->offer_state = SHOAL_OFFER_DECLINED;
  info->error = shoal_error_new (SHOAL_ERROR_DECLINED, SHOAL_SIDE_THERE, NULL, "no");
  show (ui, info);

  info = transfer ("14", SHOAL_TRANSFER_SEND, SHOAL_TRANSFER_DECLINED, "Old news", "Ben");
  info->can_retry = TRUE;
  info->offer_state = SHOAL_OFFER_LAPSED;
  show (ui, info);

  info = transfer ("15", SHOAL_TRANSFER_SEND, SHOAL_TRANSFER_FAILED, "Backup", "Rosa");
  info->bytes = 300 * MB;
  info->can_retry = TRUE;
  info->error = shoal_error_new (SHOAL_ERROR_DISK_FULL, SHOAL_SIDE_THERE, NULL, "full");
  show (ui, info);

  info = transfer ("16", SHOAL_TRANSFER_GET, SHOAL_TRANSFER_FAILED, "Thesis", "Anna");
  info->error = shoal_error_new (SHOAL_ERROR_UNREACHABLE, SHOAL_SIDE_NETWORK, NULL, "away");
  show (ui, info);

  info = transfer ("17", SHOAL_TRANSFER_GET, SHOAL_TRANSFER_FAILED, "Draft", "Anna");
  info->error = shoal_error_new (SHOAL_ERROR_CANCELLED, SHOAL_SIDE_HERE, NULL, "cancelled");
  show (ui, info);
}

/* --- What is said ------------------------------------------------------------ */

static GtkWidget *
row_of (UiFixture *ui, const char *name)
{
  return ui_above (ui_get_label (ui->window, name), SHOAL_TYPE_TRANSFER_ROW);
}

static void
assert_row (UiFixture *ui, const char *name, const char *line, const char *button)
{
  GtkWidget *row = row_of (ui, name);
  g_autofree char *said = ui_dup_text (ui_get (row, "line_label"));
  g_auto (GStrv) parts = g_strsplit (said, "\302\240", -1);
  g_autofree char *plain = g_strjoinv (" ", parts);

  if (strstr (plain, line) == NULL)
    g_error ("%s says “%s”, not “%s”", name, plain, line);
  if (button != NULL)
    g_assert_true (ui_shows (ui_get (row, "step_button"), button));
  else
    g_assert_null (ui_find (row, "step_button"));
}

static void
test_words (UiFixture *ui)
{
  const char *progress = "35\302\240%, 12\302\240s left";
  GtkWidget *bar;

  ui_action (ui->window, "win.show-page", g_variant_new_string (SHOAL_PAGE_TRANSFERS));
  g_assert_true (ui_shows (ui->window, "No Transfers"));
  show_active (ui);
  show_over (ui);
  ui_settle (ui);

  assert_row (ui, "Holiday in Norway", "1.2 of 3.4 GB · 85 MB/s · 12 s left · "
              "from Anna and 2 others", NULL);
  g_assert_true (ui_shows (row_of (ui, "Holiday in Norway"), "passing it on to 2 others"));
  bar = ui_get (row_of (ui, "Holiday in Norway"), "bar");
  gtk_test_accessible_assert_property (bar, GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT,
                                       progress);

  assert_row (ui, "Slides.odp", "Not answered yet by Kai · 4.2 MB", NULL);
  g_assert_true (ui_shows (row_of (ui, "Slides.odp"), "482 913"));
  assert_row (ui, "For Rosa", "Rosa is offline; it goes out when you are both online", NULL);
  assert_row (ui, "Film.mkv", "Paused · 700 MB of 3.4 GB · from Anna", "Open Trash");
  g_assert_true (ui_shows (row_of (ui, "Film.mkv"), "This computer’s disk is full. Room for "
                           "2.7\302\240GB more is needed; it goes on by itself"));
  assert_row (ui, "Music", "Waits for its turn", NULL);

  assert_row (ui, "Pictures", "Delivered · 3.4 GB · 48 files · to Kai", NULL);
  g_assert_true (ui_shows (row_of (ui, "Pictures"), "Verified"));
  assert_row (ui, "Brochure.pdf", "Declined by Rosa", "Send Again");
  assert_row (ui, "Old news", "Not answered by Ben for a week", "Send Again");
  assert_row (ui, "Backup", "Failed", "Send Again");
  g_assert_true (ui_shows (row_of (ui, "Backup"), "Rosa’s disk is full."));
  assert_row (ui, "Thesis", "Failed", "Find Out Why");
  assert_row (ui, "Draft", "Cancelled", NULL);
}

/* --- Progress ---------------------------------------------------------------- */

/* A layout that counts how often it is asked. */
typedef struct
{
  GtkLayoutManager parent_instance;
  guint            asked;
} CountingLayout;

typedef GtkLayoutManagerClass CountingLayoutClass;

static GType counting_layout_get_type (void);
G_DEFINE_FINAL_TYPE (CountingLayout, counting_layout, GTK_TYPE_LAYOUT_MANAGER)

static GtkSizeRequestMode
get_mode (GtkLayoutManager *manager, GtkWidget *widget)
{
  return gtk_widget_get_request_mode (gtk_widget_get_first_child (widget));
}

static void
measure (GtkLayoutManager *manager, GtkWidget *widget, GtkOrientation orientation, int for_size,
         int *minimum, int *natural, int *minimum_baseline, int *natural_baseline)
{
  ((CountingLayout *) manager)->asked++;
  gtk_widget_measure (gtk_widget_get_first_child (widget), orientation, for_size, minimum,
                      natural, minimum_baseline, natural_baseline);
}

static void
allocate (GtkLayoutManager *manager, GtkWidget *widget, int width, int height, int baseline)
{
  gtk_widget_allocate (gtk_widget_get_first_child (widget), width, height, baseline, NULL);
}

static void
counting_layout_class_init (CountingLayoutClass *klass)
{
  klass->get_request_mode = get_mode;
  klass->measure = measure;
  klass->allocate = allocate;
}

static void
counting_layout_init (CountingLayout *self)
{
}

/* What a transfer tells ten times a second, at step @i of thirty. */
static ShoalTransferInfo *
progress (guint i)
{
  ShoalTransferInfo *info
    = transfer ("1", SHOAL_TRANSFER_GET, SHOAL_TRANSFER_RUNNING, "Holiday in Norway", "Anna");

  info->created_at = info->started_at = 0;
  info->bytes = 1200 * MB + i * 70 * MB;
  info->rate = (80 + i % 17) * MB;
  info->seconds_left = 25 - i * 0.7;
  info->sources = g_new0 (ShoalSourceInfo *, 3);
  info->sources[0] = source ("Anna", 1000 * MB + i * 50 * MB, (60 + i % 13) * MB,
                             SHOAL_REACH_LOCAL);
  info->sources[1] = source ("Kai", 200 * MB + i * 20 * MB, (20 + i % 5) * MB,
                             SHOAL_REACH_DIRECT);
  return info;
}

/* How often @widget is measured while progress comes. */
static guint
count_measures (UiFixture *ui, GtkWidget *widget, ShoalTransferItem *item)
{
  CountingLayout *counting = g_object_new (counting_layout_get_type (), NULL);
  guint before;

  gtk_widget_set_layout_manager (widget, GTK_LAYOUT_MANAGER (counting));
  ui_settle (ui);
  before = counting->asked;
  g_assert_cmpuint (before, >, 0);
  for (guint i = 0; i < 30; i++)
    {
      g_autoptr (ShoalTransferInfo) info = progress (i);

      shoal_transfer_item_update (item, info);
      ui_settle (ui);
    }
  return counting->asked - before;
}

/* Progress is drawn, but moves nothing: to lay the window out anew takes longer
 * than a frame may. */
static void
test_steady (UiFixture *ui)
{
  g_autoptr (ShoalTransferInfo) info = progress (0);
  g_autoptr (ShoalTransferItem) item = shoal_transfer_item_new (info);
  GListModel *transfers = shoal_model_get_transfers (ui->me->model);
  GtkWidget *page;

  g_list_store_append (G_LIST_STORE (transfers), item);
  ui_action (ui->window, "win.show-page", g_variant_new_string (SHOAL_PAGE_TRANSFERS));
  page = ui_get_type (ui->window, SHOAL_TYPE_TRANSFERS_PAGE);
  g_assert_cmpuint (count_measures (ui, page, item), ==, 0);
  assert_row (ui, "Holiday in Norway", "3.2 of 3.4 GB", NULL);

  /* Nor where it is not even seen. */
  ui_action (ui->window, "win.show-page", g_variant_new_string (SHOAL_PAGE_PEOPLE));
  ui_settle (ui);
  g_assert_cmpuint (count_measures (ui, page, item), ==, 0);

  ui_action (ui->window, "win.show-page", g_variant_new_string (SHOAL_PAGE_TRANSFERS));
  ui_settle (ui);
  ui_action (row_of (ui, "Holiday in Norway"), "transfer.details", NULL);
  page = ui_get_type (ui->window, SHOAL_TYPE_TRANSFER_DETAILS);
  g_assert_cmpuint (count_measures (ui, page, item), ==, 0);
}

/* --- A long history ---------------------------------------------------------- */

static guint
count_over (UiFixture *ui)
{
  GtkListBox *list = GTK_LIST_BOX (ui_get (ui->window, "over_list"));
  guint n = 0;

  while (gtk_list_box_get_row_at_index (list, (int) n) != NULL)
    n++;
  return n;
}

static void
test_older (UiFixture *ui)
{
  GtkWidget *page;

  ui_action (ui->window, "win.show-page", g_variant_new_string (SHOAL_PAGE_TRANSFERS));
  for (guint i = 0; i < 130; i++)
    {
      g_autofree char *id = g_strdup_printf ("%u", 100 + i);

      show (ui, transfer (id, SHOAL_TRANSFER_SEND, SHOAL_TRANSFER_DONE, id, "Anna"));
    }
  g_assert_cmpuint (count_over (ui), ==, 50);
  ui_click (ui_get (ui->window, "older_button"));
  ui_wait_for (count_over (ui) == 100);
  page = ui_get_type (ui->window, SHOAL_TYPE_TRANSFERS_PAGE);
  ui_action (page, "transfers.show-older", NULL);
  g_assert_cmpuint (count_over (ui), ==, 130);
  g_assert_null (ui_find (ui->window, "older_button"));

  g_assert_true (shoal_transfers_page_reveal (SHOAL_TRANSFERS_PAGE (page), "229"));
  g_assert_false (shoal_transfers_page_reveal (SHOAL_TRANSFERS_PAGE (page), "nothing"));
  ui_action (page, "transfers.clear-finished", NULL);
  ui_get_label (ui->window, "No Transfers");
  ui_click (ui_get_label (ui->window, "Undo"));
  ui_wait_for (count_over (ui) == 130);
}

/* --- Pictures ---------------------------------------------------------------- */

/* Of @child (a page) in a window of its own, in each width. */
static void
take_pictures (UiFixture *ui, GtkWidget *child, const char *kind)
{
  static const struct { int width, height; } SIZES[] = {
    { 360, 1400 }, { 760, 1100 }, { 1920, 1080 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (SIZES); i++)
    {
      g_autofree char *name = g_strdup_printf ("%s-%d", kind, SIZES[i].width);
      GtkWidget *window = gtk_window_new ();

      gtk_window_set_default_size (GTK_WINDOW (window), SIZES[i].width, SIZES[i].height);
      gtk_window_set_child (GTK_WINDOW (window), child);
      gtk_window_present (GTK_WINDOW (window));
      ui_wait_for (gtk_widget_get_width (window) == SIZES[i].width);
      ui_settle (ui);
      ui_picture (ui, window, name);
      gtk_window_set_child (GTK_WINDOW (window), NULL);
      gtk_window_destroy (GTK_WINDOW (window));
    }
  g_object_unref (child);
}

/* Light, dark, and from right to left. */
static void
take_all (UiFixture *ui, GtkWidget *(*make) (UiFixture *ui), const char *view)
{
  AdwStyleManager *style = adw_style_manager_get_default ();
  g_autofree char *dark = g_strconcat (view, "-dark", NULL);
  g_autofree char *rtl = g_strconcat (view, "-rtl", NULL);

  take_pictures (ui, g_object_ref_sink (make (ui)), view);
  adw_style_manager_set_color_scheme (style, ADW_COLOR_SCHEME_FORCE_DARK);
  take_pictures (ui, g_object_ref_sink (make (ui)), dark);
  adw_style_manager_set_color_scheme (style, ADW_COLOR_SCHEME_DEFAULT);
  gtk_widget_set_default_direction (GTK_TEXT_DIR_RTL);
  take_pictures (ui, g_object_ref_sink (make (ui)), rtl);
  gtk_widget_set_default_direction (GTK_TEXT_DIR_LTR);
}

static GtkWidget *
make_page (UiFixture *ui)
{
  return shoal_transfers_page_new (ui->me->model);
}

static void
test_pictures (UiFixture *ui)
{
  take_pictures (ui, g_object_ref_sink (make_page (ui)), "transfers-empty");
  show_active (ui);
  show_over (ui);
  take_all (ui, make_page, "transfers");
}

static GtkWidget *
make_details (UiFixture *ui)
{
  g_autoptr (ShoalTransferItem) item
    = g_list_model_get_item (shoal_model_get_transfers (ui->me->model), 0);

  return shoal_transfer_details_new (ui->me->model, item, NULL);
}

static void
test_details (UiFixture *ui)
{
  g_autoptr (ShoalTransferItem) item = NULL;

  show_running (ui);
  item = g_list_model_get_item (shoal_model_get_transfers (ui->me->model), 0);
  for (int i = 0; i < 80; i++)
    {
      ShoalTransferInfo *info = shoal_transfer_item_get_info (item);

      info->rate = (60 + 25 * ((i * 37) % 11) / 10.0 - (i > 50 && i < 60 ? 45 : 0)) * MB;
      shoal_transfer_item_sample (item, (gint64) (i + 1) * 2 * G_USEC_PER_SEC);
    }
  take_all (ui, make_details, "details");
}

int
main (int argc, char **argv)
{
  ui_init (&argc, &argv);
  ui_add ("/transfers/looks/words", test_words);
  ui_add ("/transfers/looks/steady", test_steady);
  ui_add ("/transfers/looks/older", test_older);
  ui_add ("/transfers/looks/pictures", test_pictures);
  ui_add ("/transfers/looks/details", test_details);
  return g_test_run ();
}
