(ns quintet.core-test
  (:require [clojure.string :as str]
            [clojure.test :refer [are deftest is testing]]
            [clojure.test.check.clojure-test :refer [defspec]]
            [clojure.test.check.properties :as prop]
            [quintet.check :as check]
            [quintet.core :as quintet])
  (:import (io.quintet Pattern)
           (io.quintet.testkit ChildServer HttpConduct HttpConduct$Check)
           (java.io BufferedReader InputStreamReader PrintWriter)
           (java.net Socket)))

(def patterns [:single-thread :multi-thread :load-balanced :reuseport :multi-process])

(defn- conducts [pattern mode]
  (with-open [server (ChildServer. "clojure.main"
                                   (into-array ["-m" "quintet.conduct-server" (name pattern) mode]))]
    (doseq [[what ^HttpConduct$Check check] (HttpConduct/checks (.port server))]
      (testing (str pattern " " mode ": " what)
        (is (nil? (.run check)))))
    (testing (str pattern " " mode ": an end in good order")
      (is (nil? (HttpConduct/endsInGoodOrder server))))))

(deftest what-clients-find-under-each-pattern
  (doseq [pattern patterns]
    (conducts pattern "sync")))

(deftest what-clients-of-asynchronous-handlers-find
  (doseq [pattern [:single-thread :load-balanced]]
    (conducts pattern "async")))

(defn- ask [port line]
  (with-open [socket (Socket. "127.0.0.1" (int port))
              out (PrintWriter. (.getOutputStream socket) true)
              in (BufferedReader. (InputStreamReader. (.getInputStream socket)))]
    (.println out ^String line)
    (.readLine in)))

(deftest other-protocols-are-served
  (with-open [server (quintet/serve :line str/upper-case {:pattern :reuseport :loops 2})]
    (is (= "HELLO" (ask (quintet/port server) "hello")))
    (let [stats (quintet/stats server)]
      (is (= "reuseport" (:topology stats)))
      (is (= 2 (count (:loops stats))))
      (is (= "serving" (:state stats))))
    (is (map? (quintet/explain server)))))

(deftest a-bad-option-is-named
  (are [sentence opts] (= sentence (try
                                     (with-open [_ (quintet/serve :line identity opts)])
                                     (catch IllegalArgumentException e (.getMessage e))))
    "option :port is 70000; valid are 0 to 65535" {:port 70000}
    "option :idle-timeout-millis is -1; valid are 0 to 86400000" {:idle-timeout-millis -1}
    "option :idleTimeoutMillis is -1; valid are 0 to 86400000" {:idleTimeoutMillis -1}
    "option :loops is many; valid is a whole number" {:loops :many}
    "option :low-watermark-bytes is 20; valid are 0 to :high-watermark-bytes, which is 10"
    {:high-watermark-bytes 10 :low-watermark-bytes 20}
    "option :tls-key is a.pem; valid without :tls-certificate is none" {:tls-key "a.pem"}
    "option :pattern is nonsense; valid are single-thread, multi-thread, load-balanced, reuseport, multi-process, adaptive, or a file that ends with .json"
    {:pattern :nonsense}
    "option :topology is nonsense; valid are single-thread, multi-thread, load-balanced, reuseport, multi-process, adaptive, or a file that ends with .json"
    {:topology "nonsense"}
    "option :steer is cpu; valid for single-thread is hash" {:steer :cpu})
  (is (thrown-with-msg? IllegalArgumentException
                        #"^option :idle-timeout does not exist; the options are .*:idle-timeout-millis, "
                        (quintet/serve :line identity {:idle-timeout 1})))
  (are [sentence opts] (= sentence (try
                                     (with-open [_ (quintet/run-server identity opts)])
                                     (catch IllegalArgumentException e (.getMessage e))))
    "option :max-body-bytes is -1; valid are 0 to 2147483639" {:max-body-bytes -1}
    "option :max-body-bytes is 3000000000; valid are 0 to 2147483639" {:max-body-bytes 3000000000}
    "option :max-head-bytes is \"much\"; valid are 64 to 60000" {:max-head-bytes "much"}))

(deftest a-pattern-is-a-keyword-a-name-or-the-constant
  (doseq [pattern [:reuseport "reuseport" Pattern/REUSEPORT]]
    (with-open [server (quintet/serve :line identity {:pattern pattern :loops 1})]
      (is (= "reuseport" (:topology (quintet/stats server)))))))

(deftest options-are-data
  (let [options (quintet/options)
        defaults (into {} (map (juxt :name :default)) options)]
    (is (= 75000 (:idle-timeout-millis defaults)))
    (is (= {:name :port :valid "0 to 65535" :default 0 :changes "at a start"
            :text "Port to listen on; 0 lets the kernel choose."}
           (first (filter #(= :port (:name %)) options))))
    (with-open [server (quintet/serve :line identity defaults)]
      (is (= "serving" (:state (quintet/stats server)))))))

(deftest machines-are-data
  (let [m (quintet/spec :connection)]
    (is (= :fresh (:initial m)))
    (is (= {:target :serving :action :read} (quintet/step m :idle :readable)))
    (is (= {:target :lingering :action :end-output} (quintet/step m :idle :idle)))
    (is (nil? (quintet/step m :closed :readable)))
    (is (true? (get-in m [:states :closed :final?])))
    (is (str/starts-with? (quintet/draw m) "stateDiagram-v2")))
  (is (some #{:reuseport} (:topologies (quintet/specs))))
  (is (= "reuseport" (:id (quintet/spec :reuseport)))))

(defspec upper-case-under-every-pattern 5
  (prop/for-all [samples (check/samples check/line)]
    (check/check :line str/upper-case samples {:runs 20})))
