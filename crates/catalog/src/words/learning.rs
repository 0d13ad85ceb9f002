//! Words of learning and of judging what was learnt.

use super::{Word, word};

/// By alphabet.
pub const WORDS: &[Word] = &[
    word(
        "accuracy",
        &[],
        "The share of all rows that is called as it is labelled. Where label 1 is rare, calling every row 0 is nearly always right, so it says little.",
    ),
    word(
        "average precision",
        &[],
        "How well rows of label 1 are ranked before those of label 0, over all thresholds: 1 is perfect, the share of label 1 is what guessing gets.",
    ),
    word(
        "balanced accuracy",
        &[],
        "The mean of the recall of label 1 and that of label 0: calling every row alike comes to 0.5, however rare label 1 is.",
    ),
    word(
        "base rate",
        &[],
        "The share of label 1 among the rows a model learnt from: about what it says of a row it knows nothing of, or 0.5 where both labels were made to count alike.",
    ),
    word(
        "boosted trees",
        &["boosted-trees"],
        "Small trees one after the other, each grown on what those before it got wrong; their answers are added up.",
    ),
    word(
        "duplicate rows",
        &["duplicate_rows"],
        "Rows with exactly the same features, some of label 1 and some of label 0. No model can tell such rows apart, so they set a bound that no algorithm passes: other features are needed to do better.",
    ),
    word(
        "forest",
        &["forests", "random forest", "random-forest"],
        "Many trees, each grown on its own draw of the rows. Each answers, and the forest's answer is their mean: one tree's chance finds are outvoted.",
    ),
    word(
        "Gaussian",
        &["bell curve"],
        "The shape of a bell: most values near the middle, fewer the further away. Taken for every feature here, whether it fits or not; packets seldom fit it.",
    ),
    word(
        "k-means",
        &[],
        "The way clusters are found: put so many centres among the rows, give each row to its nearest, move each centre to the middle of its rows, and go on until nothing changes.",
    ),
    word(
        "leaderboard",
        &["leaderboards"],
        "Several algorithms judged on the same rows and folds, a line each, the best on top.",
    ),
    word(
        "logistic regression",
        &["logistic-regression"],
        "A weight for each feature; the weighted sum of a row is turned into a probability. It can learn that more packets make label 1 more likely, but not that only 10 to 20 of them do.",
    ),
    word(
        "naive Bayes",
        &["naive-bayes"],
        "Asks of each feature by itself how usual its value is among rows of label 1 and among those of label 0, and multiplies the answers as if the features had nothing to do with each other.",
    ),
    word(
        "parallel coordinates",
        &[],
        "Each feature is an upright axis, each row a line that crosses every axis at its value: rows that are alike run side by side.",
    ),
    word(
        "positive",
        &["positives"],
        "Of label 1. The word says nothing good: a false positive is a row of label 0 that is called 1.",
    ),
    word(
        "probability",
        &["probabilities"],
        "What a model says of a row: from 0, surely label 0, to 1, surely label 1. Whether the row is called 1 hangs on the threshold. 0.7 does not mean right in 70 of 100 cases: precision says how often a call of 1 is right.",
    ),
    word(
        "question of a tree",
        &[
            "questions of a tree",
            "questions a tree",
            "yes-or-no questions",
            "best question",
            "useful question",
            "side of a question",
        ],
        "What a tree asks a row, such as whether packets_in is above 12 or a word is the one named: yes goes one way, no the other, to the next question or to a leaf. Which question comes where is what a tree learns.",
    ),
    word(
        "scatter matrix",
        &[],
        "A small plot for each two features: a row is a point, right by the one and up by the other.",
    ),
    word(
        "shared addresses",
        &["shared_addresses"],
        "Addresses with rows both among those learnt from and among those tested on. A split by random rows has many, and looks better for it; a split by address has none.",
    ),
    word(
        "single feature",
        &["single_feature"],
        "Whether one feature by itself ranks the rows almost perfectly. Then it was perhaps made from the same thing as the label, and the model would only repeat the rule.",
    ),
    word(
        "spread left within clusters",
        &["left within clusters", "left within the clusters"],
        "Of how far all rows lie from their common middle (squared distances, added up), the share that is left to the middle of their own cluster: 0 % if all rows of a cluster are alike, 100 % if clusters say nothing. Less with every further cluster, also where none are there.",
    ),
    word(
        "standard deviation",
        &[],
        "How far values lie from their mean, typically: small where all are alike.",
    ),
    word(
        "sweep",
        &[],
        "Finding clusters once for every number of them, from few to many, to compare.",
    ),
    word(
        "tree",
        &["trees", "decision tree", "decision-tree"],
        "Questions about a row, one after the other, each with yes or no; where none is left, an answer. It is learnt by taking each time the question that parts the labels best.",
    ),
    word(
        "with replacement",
        &[],
        "Rows drawn one after the other, each going back before the next: some are drawn twice, and about a third never.",
    ),
];
