#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace zenops {

/// The row that a rule believes.
enum class Trust : uint8_t {
  nobody,
  validator,  // the validator's own update
  previous,   // what the rule made of the last rows; zeros at first
  median,     // the median of the rows, coordinate by coordinate
};

/// Random coordinates that a rule looks at instead of all.
struct Draws {
  uint32_t sets = 0;  // how many sets of them
  uint32_t size = 0;  // coordinates in each, of what is judged as a whole; fewer where there are fewer
  bool operator==(const Draws&) const = default;  // the same draws
};

/// What a rule needs to know of the rows before it can decide; by default their number is enough.
struct Needs {
  Trust trusted = Trust::nobody;  // with one: norms, and dot products with it
  bool norms = false;  // how long each is
  bool table = false;   // norms, and distances and inner products between all points
  bool losses = false;  // how much each row would lower the validator's loss
  bool rates = false;   // how fast each sender's rows change with the parameters
  bool bases = false;   // from which parameters each row began
  bool signs = false;   // how many numbers of each row are above zero, and how many below
  bool gaps = false;    // how far each row lies from the trusted one
  bool past_norms = false;  // how long the rows of the rounds before were; requires norms
  bool sums = false;    // the table of what each sender's rows sum to, this one included
  Draws draws = {};     // the tables of random coordinates alone

  bool lengths() const { return trusted != Trust::nobody || norms || table || rates || signs; }  // every row is measured whole
  bool anything() const { return lengths() || sums || draws.sets > 0; }  // more than their number
  /// How often measuring reads the rows; drawn coordinates alone do not count.
  int reads() const { return (trusted == Trust::median) + lengths() + sums; }
  /// Whether what is measured depends on what became of the rows before.
  bool remembers() const { return trusted == Trust::previous || sums; }
  bool operator==(const Needs&) const = default;  // the same needs
};

/// What two parts of a pipeline need together.
Needs operator|(const Needs&, const Needs&);

/// What is known of the points of one segment or, added up in segment order, of one block: n rows and, where a row is
/// trusted, that row as point n. Sums are taken over 16 float lanes, in the same order on every instruction set, and
/// accumulated in double.
struct Products {
  std::vector<double> squared_norms = {};  // (n): ‖u_k‖²
  std::vector<double> dots = {};           // (n): ⟨u_k, v⟩; empty without a trusted row
  double trusted_squared_norm = 0;         // ‖v‖²
  std::vector<double> distances =
      {};  // lower triangle of (p, p), p points, row by row: ‖u_i − u_j‖²; empty when not needed
  std::vector<double> inner = {};  // lower triangle of (n, n): ⟨u_i, u_j⟩, i ≠ j; empty when not needed
  std::vector<double> changes = {};  // (n): ‖u_k − u'_k‖², u' being its sender's row before; empty when rates are not needed
  std::vector<double> moves = {};    // (n): ‖w_k − w'_k‖² of the parameters from which the two began; 0 without a row before
  std::vector<double> positives = {};  // (n): numbers of u_k above zero; empty when signs are not needed
  std::vector<double> negatives = {};  // (n): and below
  std::vector<double> gaps = {};       // (n): ‖u_k − v‖², measured directly; empty when not needed
  std::vector<Products> sums = {};     // one with a table, of what the rows' senders sent so far; empty when not needed
  std::vector<Products> draws = {};    // one with a table for each set of drawn coordinates

  /// Of the next segment, with the same n.
  void add(const Products& next);
  /// Of these rows alone, in this order, and the trusted row.
  Products of(std::span<const size_t> rows) const;
  size_t rows() const { return squared_norms.size(); }  // n
  /// n, or n + 1 with a trusted row. n = 0 counts as none.
  size_t points() const { return rows() + !dots.empty(); }

  /// Points i and j, in any order; these require the table, except for dot products with the trusted row and with
  /// oneself.
  double squared_distance(size_t i, size_t j) const;
  double dot(size_t i, size_t j) const;  // ⟨u_i, u_j⟩

  /// ‖Σ_i a_i u_i‖² over all points (a has points() entries; what it lacks to a sum of 0 or 1 lies on the zero row). Of
  /// the form in distances and the form in inner products, the one whose terms cancel less: a common offset costs the
  /// second its digits, a huge row with a tiny weight the first. O(k²) for k weights that are not zero.
  double squared_length(std::span<const double> a) const;
  /// (points()): ‖u_i − Σ_k z_k u_k‖² for every point, likewise. z sums to 1. O(p²).
  std::vector<double> squared_distances_to(std::span<const double> z) const;
};

/// Index of the pair (i, j), i > j, in a lower triangle without its diagonal.
constexpr size_t triangle(size_t i, size_t j) { return i * (i - 1) / 2 + j; }

/// rows: n pointers to `size` finite floats each; null stands for a row of zeros. trusted: `size` finite floats, or
/// null for no trusted row. Reads every row once; O(n size), with a table O(n² size). Where float squares overflow or
/// underflow, the sum in question is computed again in double: finite rows give finite products. Signs are counted and
/// gaps, which require a trusted row, measured in the same read.
Products measure(std::span<const float* const> rows, const float* trusted, size_t size, bool table = false, bool signs = false,
                 bool gaps = false);

/// So many lengths of rows before are remembered at most, for each block: with more than 20 judged blocks fewer, 200 000 of all together.
inline constexpr size_t kPastNorms = 10'000;

/// What a rule decides from, over the rows of one group.
struct Geometry {
  size_t rows = 0;  // how many
  std::vector<Products> blocks = {};  // one per block; empty products where the rule needs nothing
  size_t caught = 0;  // liars whose rows were refused: they are not among the rows, nor among the f to come
  uint64_t draw = 0;  // random choices are drawn from it
  std::vector<double> counts =
      {};  // (rows): samples behind each row, as far as they are known; empty: the same for all
  size_t members = 0;  // those who may send a row, whether they did or not; 0: as many as rows
  /// Of each sender, as far as the rule needs it.
  struct Sender {
    double rate = -1;         // ‖u − u'‖ / ‖w − w'‖, u' its row before this one, w and w' the parameters they began from; < 0: none yet
    uint32_t accepted_ago = UINT32_MAX;  // rows accepted since its own last; UINT32_MAX: it had none
  };
  std::vector<Sender> senders = {};  // (rows)
  std::vector<double> rates = {};    // the newest of every member that has one, those of these rows among them
  std::vector<double> descents = {};  // (rows): L(w) − L(w + u_k) on the validator's samples, where they are needed
  std::vector<std::vector<double>> past_norms = {};  // by block, where they are needed: of rows that entered before, at most
                                                     // the newest kPastNorms, oldest first; none of a block that is not judged
};

}  // namespace zenops
